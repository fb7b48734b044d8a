/** A number that tells this build from others, for receivers that report what they got. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Seven hexadecimal digits of the version. */
export function buildNumber(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return createHash('sha256').update(version).digest('hex').slice(0, 7);
}
