/**
 * The receiver's own book: which deliveries arrived, when first, how often, with which bytes, and how they were
 * answered. The only witness of the bench; it believes nothing that Holdfast says of itself.
 */
import { createHash } from 'node:crypto';

/** What is known of one delivery. */
export interface LedgerEntry {
  /** The `webhook-id` it came with. */
  readonly id: string;
  /** The path of the receiver it came to. */
  readonly lane: string;
  /** The moment of the first arrival, on the bench's clock. */
  readonly firstMs: number;
  /** The moment of the first arrival that was answered 2xx. */
  readonly successMs: number | undefined;
  readonly arrivals: number;
  readonly successes: number;
  readonly arrivalsAfterSuccess: number;
  /** Of the first body. */
  readonly sha256: string;
  /** True when a later body differed from the first. */
  readonly hasVaried: boolean;
}

/** A request that came in. */
export interface Arrival {
  readonly lane: string;
  readonly id: string;
  readonly body: Uint8Array;
  readonly atMs: number;
}

/** The book. A lane is a receiver's path; a prefix names all lanes that begin with it. */
export interface Ledger {
  /** Writes an arrival down; answers how many there have been of this delivery. */
  readonly arrive: (arrival: Arrival) => number;
  /** Writes down that an arrival was answered 2xx. */
  readonly succeed: (arrival: Arrival) => void;
  /** How many deliveries were answered 2xx. */
  readonly succeeded: (lanePrefix: string) => number;
  readonly entries: (lanePrefix: string) => readonly LedgerEntry[];
  /** Forgets lanes, so that a long run does not fill the memory. */
  readonly forget: (lanePrefix: string) => void;
}

type OpenEntry = { -readonly [Key in keyof LedgerEntry]: LedgerEntry[Key] };

/** Opens an empty book. */
export function createLedger(): Ledger {
  const lanes = new Map<string, Map<string, OpenEntry>>();
  const lanesUnder = (prefix: string) => [...lanes].filter(([lane]) => lane.startsWith(prefix));
  return {
    arrive: ({ lane, id, body, atMs }) => {
      const sha256 = createHash('sha256').update(body).digest('hex');
      let entries = lanes.get(lane);
      if (entries === undefined) lanes.set(lane, (entries = new Map()));
      const known = entries.get(id);
      if (known === undefined) {
        const counts = { arrivals: 1, successes: 0, arrivalsAfterSuccess: 0 };
        entries.set(id, {
          id,
          lane,
          firstMs: atMs,
          successMs: undefined,
          ...counts,
          sha256,
          hasVaried: false,
        });
        return 1;
      }
      known.arrivals += 1;
      known.hasVaried ||= known.sha256 !== sha256;
      if (known.successes > 0) known.arrivalsAfterSuccess += 1;
      return known.arrivals;
    },
    succeed: ({ lane, id, atMs }) => {
      const entry = lanes.get(lane)?.get(id);
      if (entry === undefined) return;
      entry.successes += 1;
      entry.successMs ??= atMs;
    },
    succeeded: (prefix) =>
      lanesUnder(prefix)
        .flatMap(([, entries]) => [...entries.values()])
        .filter(({ successes }) => successes > 0).length,
    entries: (prefix) => lanesUnder(prefix).flatMap(([, entries]) => [...entries.values()]),
    forget: (prefix) => {
      for (const [lane] of lanesUnder(prefix)) lanes.delete(lane);
    },
  };
}
