/** Turns what was noted of a load into figures: rates, processor time by part, memory, what was left behind. */
import type { Bench } from './bench.ts';
import type { Figure, Target } from './case.ts';
import { arrivalLatencies, type Delivered } from './deliver-load.ts';
import { latencyFigures, type Percentile } from './latency-figures.ts';

/** Figures by which cases are compared with each other. */
export const compared = {
  accepted: 'accepted',
  delivered: 'delivered',
  cpu: 'CPU a delivery, all but the instruments',
  yardsticks: 'the same in yardsticks',
  arrival: 'due → receiver',
} as const;

/** What an issue asks of the rates and costs. */
export interface DeliveryTargets {
  readonly delivered?: Target;
  readonly yardsticks?: Target;
  readonly arrival?: Readonly<Partial<Record<Percentile, Target>>>;
}

const megabyte = 1024 * 1024;

/** All of them, and the histogram of the arrivals. */
export async function deliveryFigures(
  bench: Bench,
  delivered: Delivered,
  targets: DeliveryTargets = {},
): Promise<{ figures: readonly Figure[]; histograms: Readonly<Record<string, string>> }> {
  const arrival = latencyFigures(arrivalLatencies(delivered), {
    name: compared.arrival,
    percentiles: ['p50', 'p90', 'p99', 'p99.9'],
    ...(targets.arrival === undefined ? {} : { targets: targets.arrival }),
  });
  return {
    figures: [
      ...rateFigures(delivered, targets),
      ...(await costFigures(bench, delivered.cpu, delivered.tally.accepted, targets)),
      ...arrival.figures,
      ...memoryFigures(delivered.memories),
      ...traceFigures(delivered),
    ],
    histograms: { [compared.arrival]: arrival.histogram },
  };
}

/** From the moment at which the first was due to the last reply, and to the last first arrival. */
export function rateFigures(
  { outcome, entries }: Pick<Delivered, 'outcome' | 'entries'>,
  targets: DeliveryTargets = {},
): readonly Figure[] {
  const dueMs = least(outcome.requests.map((request) => request.dueMs));
  const repliedMs = most(outcome.requests.map(({ endedMs }) => endedMs)) - dueMs;
  const arrivedMs = most(entries.map(({ firstMs }) => firstMs)) - dueMs;
  return [
    { name: compared.accepted, value: (outcome.accepted.length * 1000) / repliedMs, unit: 'events/s' },
    {
      name: compared.delivered,
      value: entries.length === 0 ? undefined : (entries.length * 1000) / arrivedMs,
      unit: 'deliveries/s',
      ...asTarget(targets.delivered),
    },
  ];
}

/** Processor time a delivery by part, and all parts but the instruments together, in yardsticks as well. */
export async function costFigures(
  bench: Bench,
  cpu: Delivered['cpu'],
  deliveries: number,
  targets: DeliveryTargets = {},
): Promise<readonly Figure[]> {
  const instruments = new Set(bench.instruments.map(({ name }) => name));
  const perDelivery = cpu.map(({ name, cpuMs }) => ({ name, ms: cpuMs / deliveries }));
  const allMs = perDelivery.reduce((sum, { name, ms }) => (instruments.has(name) ? sum : sum + ms), 0);
  const { cpuMs: yardstickMs } = await bench.yardstick();
  return [
    ...perDelivery.map(({ name, ms }) => ({ name: `CPU a delivery, ${name}`, value: ms, unit: 'ms' })),
    { name: compared.cpu, value: allMs, unit: 'ms' },
    {
      name: compared.yardsticks,
      value: allMs / yardstickMs,
      unit: 'POSTs',
      ...asTarget(targets.yardsticks),
    },
  ];
}

/** Memory when everything was recorded; where processes share pages, each page counted once as well. */
export function memoryFigures(memories: Delivered['memories']): readonly Figure[] {
  return memories.flatMap(({ name, rssBytes, pssBytes, processes }) => [
    { name: `${name} RSS`, value: rssBytes / megabyte, unit: 'MB' },
    ...(processes === 1 || pssBytes === undefined
      ? []
      : [{ name: `${name} PSS`, value: pssBytes / megabyte, unit: 'MB' }]),
  ]);
}

/** What a delivery left in PostgreSQL's log and in Temporal's histories. */
export function traceFigures({ before, after, histories, tally }: Delivered): readonly Figure[] {
  const { accepted } = tally;
  return [
    { name: 'workflows', value: histories.workflows, unit: '' },
    { name: 'history events a delivery', value: histories.events / accepted, unit: 'events' },
    {
      name: 'PostgreSQL transactions that write, a delivery',
      value: Number(after.writes - before.writes) / accepted,
      unit: '',
    },
    {
      name: 'write-ahead log a delivery',
      value: Number(after.walBytes - before.walBytes) / 1024 / accepted,
      unit: 'KB',
    },
  ];
}

function asTarget(target: Target | undefined): { readonly target?: Target } {
  return target === undefined ? {} : { target };
}

/** The least of many: more than the arguments of one call may be. */
export function least(values: readonly number[]): number {
  return values.reduce((one, other) => Math.min(one, other), Infinity);
}

/** The most of many. */
export function most(values: readonly number[]): number {
  return values.reduce((one, other) => Math.max(one, other), -Infinity);
}
