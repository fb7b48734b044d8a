/** The request that the HTTP transport takes and the reply it gives: plain values, whatever the receiver does. */
import type { Reply } from '../reply.ts';

/** One POST. */
export interface HttpRequest {
  /** A URL that `checkHookUrl` has settled. */
  readonly url: string;
  /** Merged by the caller; names in any case, none of them HTTP's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Milliseconds for the final status, from the call on. */
  readonly timeoutMs: number;
  /** Bytes of the reply's body to keep. */
  readonly keepBytes?: number | undefined;
  /** True to accept any certificate. */
  readonly insecureTls?: boolean | undefined;
  /** Connections are shared only among requests of one scope: give the hook's id. */
  readonly scope?: string | undefined;
  /** Ends the wait when the process must stop; `send` then rejects with its reason, unless the status has come. */
  readonly signal?: AbortSignal | undefined;
}

/** Where the time went, in milliseconds; null for what did not happen, as opening on a kept connection. */
export interface HttpTimings {
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  readonly statusMs: number | null;
}

/** What came of it. */
export interface HttpReply extends Reply {
  readonly timings: HttpTimings;
}
