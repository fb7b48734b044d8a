/** Latencies as figures: percentiles out of an HdrHistogram of microseconds. */
import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import type { Figure, Target } from './case.ts';

/** A percentile by the name it has in the table. */
export type Percentile = 'p50' | 'p90' | 'p99' | 'p99.9' | 'max';

const shares: Readonly<Record<Percentile, number>> = { p50: 50, p90: 90, p99: 99, 'p99.9': 99.9, max: 100 };

/** What to show. */
export interface LatencyOptions {
  /** What stands before the percentile. */
  readonly name: string;
  readonly percentiles?: readonly Percentile[];
  readonly targets?: Readonly<Partial<Record<Percentile, Target>>>;
}

/** Figures and the histogram they come from. */
export interface Latencies {
  readonly figures: readonly Figure[];
  /** HdrHistogram's compressed form, in base64; values are microseconds. */
  readonly histogram: string;
}

const allPercentiles: readonly Percentile[] = ['p50', 'p90', 'p99', 'p99.9', 'max'];

/** Turns latencies in milliseconds into figures. */
export function latencyFigures(
  latenciesMs: readonly number[],
  { name, percentiles = allPercentiles, targets = {} }: LatencyOptions,
): Latencies {
  const histogram = build({ numberOfSignificantValueDigits: 3 });
  for (const ms of latenciesMs) histogram.recordValue(Math.max(0, Math.round(ms * 1000)));
  const figures = percentiles.map((percentile) => {
    const target = targets[percentile];
    return {
      name: `${name} ${percentile}`,
      value: latenciesMs.length === 0 ? undefined : histogram.getValueAtPercentile(shares[percentile]) / 1000,
      unit: 'ms',
      ...(target === undefined ? {} : { target }),
    };
  });
  return { figures, histogram: encodeIntoCompressedBase64(histogram) };
}
