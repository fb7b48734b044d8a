/** Takes secrets out of what a server said: some repeat what they were told. */
import { mask } from '#domain/mask.ts';

/** The text without the secrets, in plain and in base64 as SMTP sends them. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets.filter((each) => each !== '')) {
    clean = clean.replaceAll(secret, mask).replaceAll(Buffer.from(secret).toString('base64'), mask);
  }
  return clean;
}
