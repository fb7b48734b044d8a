/** What comes of a message, whatever carried it: plain values that are safe to store. */
import { attemptLimits } from '#domain/limits.ts';
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

/** The reply to what was never sent. */
export function unsent(outcome: Outcome, error: string): Reply {
  return {
    outcome,
    status: null,
    headers: null,
    body: Buffer.alloc(0),
    truncated: false,
    error: error.slice(0, attemptLimits.errorLength),
    durationMs: 0,
    retryAfter: null,
  };
}
