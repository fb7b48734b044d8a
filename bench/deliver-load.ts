/**
 * The trunk of most cases: makes a repository with its hooks, sends a load, waits until all of it has arrived and is
 * recorded, and answers with what the generator, the receiver's ledger and the kernel have noted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { defaultTaskQueue } from '#domain/ids.ts';
import type { Bench } from './bench.ts';
import type { Figure } from './case.ts';
import { makeBenchRepository, type BenchRepository } from './holdfast/bench-repository.ts';
import { countHistories, type Histories } from './holdfast/histories.ts';
import type { LoadOutcome, LoadPlan } from './load/load-plan.ts';
import type { DatabaseCounters } from './holdfast/records.ts';
import {
  cpuBetween,
  isSameParts,
  othersBetween,
  readCpu,
  readMemories,
  type Part,
  type PartCpu,
  type PartMemory,
} from './processes/usage.ts';
import type { LaneBehaviour } from './receiver/answers.ts';
import type { LedgerEntry } from './receiver/ledger.ts';
import type { Subject } from './stands.ts';
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
  /** Who delivers; the installation that cases share unless given. */
  readonly subject?: Subject;
  /** What happens while the load is under way. */
  readonly during?: (underWay: UnderWay) => Promise<void>;
}

/** A load that is under way. */
export interface UnderWay {
  readonly repository: BenchRepository;
  /** The beginning of every lane of the load. */
  readonly lanes: string;
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
  /** Processor time from the first request until all was recorded and Temporal had come to rest; empty when a process was started anew in between. */
  readonly cpu: readonly PartCpu[];
  /** Memory when everything was recorded. */
  readonly memories: readonly PartMemory[];
  /** The database's counters, as far as it knows them at once. */
  readonly before: DatabaseCounters;
  readonly after: DatabaseCounters;
  /** Of the workflows that the load has started. */
  readonly histories: Histories;
  /** What the rest of the machine used meanwhile, in percent of one core. */
  readonly othersPercent: number | undefined;
}

/** After the last record Temporal still closes workflows; what it uses for that belongs to the deliveries. */
const restMs = 1500;
const shortRestMs = 500;

const taskQueue = process.env['TEMPORAL_TASK_QUEUE'] || defaultTaskQueue;

/** Does it all. */
export async function deliverLoad(bench: Bench, delivering: Delivering): Promise<Delivered> {
  const { name, hooks, load, deadlineMs, during } = delivering;
  const { receiver, generator } = bench;
  // A case may kill and start again what delivers: its witness is asked for anew each time.
  const subject = delivering.subject ?? (await bench.subject());
  const { installation } = subject;
  const lanes = hooks.map((_, index) => laneOf(name, index));
  for (const [index, { behaviour }] of hooks.entries()) {
    if (behaviour !== undefined) await receiver.behave(lanes[index] as string, behaviour);
  }
  const wanted = hooks.map(({ schedule }, index) => ({
    url: receiver.urlOf(lanes[index] as string),
    ...(schedule === undefined ? {} : { schedule }),
  }));
  const repository = await makeBenchRepository(installation, name, wanted);
  const readParts = async (): Promise<readonly Part[]> => [
    ...(await installation.parts()),
    ...bench.instruments,
  ];

  const since = new Date();
  const counted = await subject.records.counters();
  const before = readCpu(await readParts());
  const { token, ...names } = repository;
  const plan = { ...load, apiUrl: installation.addresses.api, token, repository: names };
  const lanePrefix = prefixOf(name);
  const [outcome] = await Promise.all([
    generator.sendLoad(plan),
    during?.({ repository, lanes: lanePrefix }),
  ]);
  const promised = promisedBy(outcome);
  await receiver.untilSucceeded(lanePrefix, promised.length, deadlineMs);
  const unsettled = await subject.records.untilSettled(repository, deadlineMs);
  await delay(bench.isShort ? shortRestMs : restMs);
  const parts = await readParts();
  const after = readCpu(parts);

  const entries = await receiver.entries(lanePrefix);
  await receiver.forget(lanePrefix);
  const isSame = isSameParts(before, after);
  return {
    repository,
    outcome,
    promised,
    entries,
    tally: tally(promised, entries),
    unsettled,
    cpu: isSame ? cpuBetween(before, after) : [],
    memories: readMemories(await installation.parts()),
    before: counted,
    after: await subject.records.counters(),
    histories: await countHistories(installation.addresses.temporal, taskQueue, since),
    othersPercent: isSame ? othersBetween(before, after) : undefined,
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

/** The figure of what was refused. */
export const refusedName = 'events not accepted';

/** What every delivering case shows of its instruments: how late the generator was, who disturbed, what failed. */
export function loadFigures({ outcome, unsettled, othersPercent }: Delivered): readonly Figure[] {
  const lateness = outcome.requests.map(({ dueMs, startedMs }) => startedMs - dueMs);
  return [
    { name: 'used by others meanwhile', value: othersPercent, unit: '% of a core' },
    {
      name: 'generator late, at most',
      value: lateness.reduce((one, other) => Math.max(one, other), 0),
      unit: 'ms',
    },
    { name: refusedName, value: outcome.refused, unit: '', target: { atMost: 0 } },
    { name: 'deliveries not recorded as ended', value: unsettled, unit: '', target: { atMost: 0 } },
  ];
}
