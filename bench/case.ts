/**
 * What a case of the bench is and what it reports. A new case is a file under cases/ and a line in all-cases.ts;
 * targets stand beside what was measured and never end a run.
 */
import type { Bench } from './bench.ts';
import type { Tally } from './tally.ts';

/** What an issue asks of a figure. */
export interface Target {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One measured value. */
export interface Figure {
  readonly name: string;
  /** Undefined when it could not be read here. */
  readonly value: number | undefined;
  readonly unit: string;
  readonly target?: Target;
}

/** What a case found out. */
export interface CaseResult {
  /** How it was measured: rates, counts, sizes. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly figures: readonly Figure[];
  /** Whether everything arrived; absent when the case delivers nothing. */
  readonly tally?: Tally;
  /** What the reader must know beside the figures. */
  readonly notes?: readonly string[];
  /** Latency histograms by name, compressed as HdrHistogram's V2 encoding in base64. */
  readonly histograms?: Readonly<Record<string, string>>;
}

/** Thrown by a case that cannot be measured here through no fault of its own; its message says why. */
export class NotMeasured extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'NotMeasured';
  }
}

/** One case. */
export interface Case {
  /** For `--only`; the word before a hyphen selects its whole family. */
  readonly name: string;
  /** What is measured, as a sentence without its full stop. */
  readonly title: string;
  /** True when the shared installation must have delivered something before, as one in service has. */
  readonly isWarm?: boolean;
  /** Measures. Throws when it cannot; a value that misses its target is no error. */
  readonly run: (bench: Bench) => Promise<CaseResult>;
}

/** Whether a figure reaches its target; undefined when it has none or could not be read. */
export function meetsTarget({ value, target }: Figure): boolean | undefined {
  if (value === undefined || target === undefined) return undefined;
  return value <= (target.atMost ?? Infinity) && value >= (target.atLeast ?? -Infinity);
}
