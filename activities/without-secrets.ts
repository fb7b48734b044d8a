/**
 * Takes a hook's secrets out of what its receiver said: error pages quote addresses and headers.
 * Touches nothing that is ours.
 */
import { mask } from '#domain/mask.ts';
import type { ReplyHeaders } from './transports/reply.ts';
import type { SendReply } from './transports/send-message.ts';

/** The reply with each secret masked in its headers and its body. */
export function withoutSecrets(reply: SendReply, secrets: readonly string[]): SendReply {
  if (secrets.length === 0) return reply;
  const clean = (text: string): string =>
    secrets.reduce((rest, secret) => rest.replaceAll(secret, mask), text);
  const { headers, body } = reply;
  return {
    ...reply,
    headers: headers === null ? null : cleanHeaders(headers, clean),
    body: cleanBytes(body, secrets),
  };
}

function cleanHeaders(headers: ReplyHeaders, clean: (text: string) => string): ReplyHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? clean(value) : value.map(clean),
    ]),
  );
}

/** As bytes, which need not be text: one character stands for each. */
function cleanBytes(body: Buffer, secrets: readonly string[]): Buffer {
  const text = body.toString('latin1');
  const clean = secrets.reduce(
    (rest, secret) => rest.replaceAll(Buffer.from(secret).toString('latin1'), mask),
    text,
  );
  return clean === text ? body : Buffer.from(clean, 'latin1');
}
