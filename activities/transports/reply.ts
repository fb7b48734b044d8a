/** What comes of a message, whatever carried it: plain values that are safe to store. */
import type { Outcome } from '#domain/outcomes.ts';

/** Headers of a reply as they are kept: names in lower case, bounded. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What came of it. Every field is safe to store and, the body apart, to show. */
export interface Reply {
  readonly outcome: Outcome;
  /** The status the receiver gave (HTTP, SMTP), or null. */
  readonly status: number | null;
  readonly headers: ReplyHeaders | null;
  /** The first bytes of what it said, as they came. */
  readonly body: Buffer;
  /** True if it said more, or was cut off. */
  readonly truncated: boolean;
  /** A sentence for the hook's owner; null if delivered. */
  readonly error: string | null;
  readonly durationMs: number;
  /** The text of `Retry-After`, when the receiver gave one. */
  readonly retryAfter: string | null;
}
