/**
 * The trunk of most cases: makes a repository with its hooks, sends a load, waits until all of it has arrived and is
 * recorded, and answers with what the generator, the receiver's ledger and the kernel have noted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import type { Figure } from './case.ts';
import { makeBenchRepository, type BenchRepository } from './holdfast/bench-repository.ts';
import type { LoadOutcome, LoadPlan } from './load/load-plan.ts';
import { cpuBetween, othersBetween, readCpu, type PartCpu } from './processes/usage.ts';
import type { LaneBehaviour } from './receiver/answers.ts';
import type { LedgerEntry } from './receiver/ledger.ts';
import { tally, type PromisedDelivery, type Tally } from './tally.ts';

/** A load and who receives it. */
export interface Delivering {
  /** Names the repository and the receiver's lanes; unique in a run. */
  readonly name: string;
  /** A hook for each, with how its receiver behaves. */
  readonly hooks: readonly DeliveringHook[];
  readonly load: Omit<LoadPlan, 'apiUrl' | 'token' | 'repository'>;
  /** For everything to arrive and to be recorded. */
  readonly deadlineMs: number;
}

/** A hook and its receiver. */
export interface DeliveringHook {
  readonly behaviour?: LaneBehaviour;
  readonly schedule?: readonly number[];
}

/** What was noted. */
export interface Delivered {
  readonly repository: BenchRepository;
  readonly outcome: LoadOutcome;
  readonly promised: readonly PromisedDelivery[];
  readonly entries: readonly LedgerEntry[];
  readonly tally: Tally;
  /** Deliveries that the database did not show as ended at the deadline. */
  readonly unsettled: number;
  /** Processor time from the first request until all was recorded and Temporal had come to rest. */
  readonly cpu: readonly PartCpu[];
  /** What the rest of the machine used meanwhile, in percent of one core. */
  readonly othersPercent: number;
}

/** After the last record Temporal still closes workflows; what it uses for that belongs to the deliveries. */
const restMs = 1500;

/** Does it all. */
export async function deliverLoad(bench: Bench, delivering: Delivering): Promise<Delivered> {
  const { name, hooks, load, deadlineMs } = delivering;
  const { receiver, generator } = bench;
  const { installation, records } = await bench.subject();
  const lanes = hooks.map((_, index) => laneOf(name, index));
  for (const [index, { behaviour }] of hooks.entries()) {
    if (behaviour !== undefined) await receiver.behave(lanes[index] as string, behaviour);
  }
  const wanted = hooks.map(({ schedule }, index) => ({
    url: receiver.urlOf(lanes[index] as string),
    ...(schedule === undefined ? {} : { schedule }),
  }));
  const repository = await makeBenchRepository(installation, name, wanted);
  const parts = [...(await installation.parts()), ...bench.instruments];

  const before = readCpu(parts);
  const { token, ...names } = repository;
  const outcome = await generator.sendLoad({
    ...load,
    apiUrl: installation.addresses.api,
    token,
    repository: names,
  });
  const promised = promisedBy(outcome);
  await receiver.untilSucceeded(prefixOf(name), promised.length, deadlineMs);
  const unsettled = await records.untilSettled(repository, deadlineMs);
  await delay(restMs);
  const after = readCpu([...(await installation.parts()), ...bench.instruments]);

  const entries = await receiver.entries(prefixOf(name));
  await receiver.forget(prefixOf(name));
  return {
    repository,
    outcome,
    promised,
    entries,
    tally: tally(promised, entries),
    unsettled,
    cpu: cpuBetween(before, after),
    othersPercent: othersBetween(before, after),
  };
}

/** The path of a hook's receiver. */
export function laneOf(name: string, hook: number): string {
  return `${prefixOf(name)}${hook}`;
}

function prefixOf(name: string): string {
  return `/${name}/`;
}

function promisedBy({ accepted, requests }: LoadOutcome): readonly PromisedDelivery[] {
  return accepted.flatMap(({ request, sha256, deliveries }) => {
    const dueMs = requests[request]?.dueMs ?? 0;
    return deliveries.map((id) => ({ id, dueMs, sha256 }));
  });
}

/** Milliseconds from the due moment of an event to the first arrival of each of its deliveries that did arrive. */
export function arrivalLatencies({
  promised,
  entries,
}: Pick<Delivered, 'promised' | 'entries'>): readonly number[] {
  const arrived = new Map(entries.map(({ id, firstMs }) => [id, firstMs]));
  return promised.flatMap(({ id, dueMs }) => {
    const firstMs = arrived.get(id);
    return firstMs === undefined ? [] : [firstMs - dueMs];
  });
}

/** What every delivering case shows of its instruments: how late the generator was, who disturbed, what failed. */
export function loadFigures({ outcome, unsettled, othersPercent }: Delivered): readonly Figure[] {
  const lateness = outcome.requests.map(({ dueMs, startedMs }) => startedMs - dueMs);
  return [
    { name: 'used by others meanwhile', value: othersPercent, unit: '% of a core' },
    { name: 'generator late, at most', value: Math.max(0, ...lateness), unit: 'ms' },
    { name: 'events not accepted', value: outcome.refused, unit: '', target: { atMost: 0 } },
    { name: 'deliveries not recorded as ended', value: unsettled, unit: '', target: { atMost: 0 } },
  ];
}
