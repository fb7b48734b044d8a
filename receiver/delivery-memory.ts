/**
 * Remembers deliveries, so that each is handled once although it may arrive twice: Holdfast repeats one whose answer was
 * lost, and a stranger may repeat a recorded request. A delivery counts as handled only after it was: one whose
 * handling failed is forgotten, because Holdfast will send it again and it must not be taken for a repeat.
 */

/** What the memory knows about a delivery that has arrived. */
export type Claim =
  | {
      /** It is new, and now claimed by whoever asked, who must call one of the two when done. */
      readonly kind: 'new';
      /** It was handled: from now on it is a repeat. */
      readonly complete: () => void | Promise<void>;
      /** It was not: the next try is new again. */
      readonly release: () => void | Promise<void>;
    }
  | {
      /** `working`: an earlier try is being handled at this moment. `done`: it was handled. */
      readonly kind: 'working' | 'done';
    };

/** Where deliveries are remembered. One in a database lasts over restarts and is shared between processes. */
export interface DeliveryMemory {
  /** Looks a delivery up and, if it is new, claims it, in one step: of two requests at once one gets it. */
  readonly claim: (id: string) => Claim | Promise<Claim>;
}

/** How much is remembered. */
export interface DeliveryMemoryOptions {
  /**
   * For how long: 660 unless told otherwise. It must be more than twice the tolerance of `webhook-timestamp`, because an
   * attempt from a clock that is ahead may be sent again until both have passed.
   */
  readonly keepSeconds?: number | undefined;
  /** How many, 100,000 unless told otherwise; beyond that the oldest is forgotten. */
  readonly deliveriesAtMost?: number | undefined;
  /** A clock in milliseconds that never goes back. */
  readonly now?: (() => number) | undefined;
}

/** Twice the usual tolerance, and a minute. */
export const defaultKeepSeconds = 660;

interface Entry {
  readonly kind: 'working' | 'done';
  readonly untilMs: number;
}

/**
 * Makes a memory in this process, which forgets everything when it ends.
 *
 * @throws RangeError when a limit is not a number above 0
 */
export function createDeliveryMemory({
  keepSeconds = defaultKeepSeconds,
  deliveriesAtMost = 100_000,
  now = () => performance.now(),
}: DeliveryMemoryOptions = {}): DeliveryMemory {
  for (const limit of [keepSeconds, deliveriesAtMost]) {
    if (!(limit > 0)) throw new RangeError(`Not a number above 0: ${limit}`);
  }
  /** In the order in which they lapse, because each change puts an entry last. */
  const entries = new Map<string, Entry>();

  const put = (id: string, kind: Entry['kind']): Entry => {
    const entry = { kind, untilMs: now() + keepSeconds * 1000 };
    entries.delete(id);
    entries.set(id, entry);
    for (const [oldest] of entries) {
      if (entries.size <= deliveriesAtMost) break;
      entries.delete(oldest);
    }
    return entry;
  };
  const forgetLapsed = (): void => {
    const nowMs = now();
    for (const [id, { untilMs }] of entries) {
      if (untilMs > nowMs) break;
      entries.delete(id);
    }
  };

  return {
    claim: (id) => {
      forgetLapsed();
      const known = entries.get(id);
      if (known !== undefined) return { kind: known.kind };
      const mine = put(id, 'working');
      return {
        kind: 'new',
        complete: () => void put(id, 'done'),
        // A claim that lapsed may be another request's by now.
        release: () => void (entries.get(id) === mine && entries.delete(id)),
      };
    },
  };
}
