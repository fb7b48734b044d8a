/**
 * The trunk of the baselines' cases: starts a process that enqueues and one that works, has a burst enqueued, waits
 * until all of it has arrived and is recorded, and answers with the same figures as a burst through Holdfast.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { NotMeasured, type CaseResult, type Figure } from '../case.ts';
import { compared, costFigures, memoryFigures, most } from '../delivery-figures.ts';
import type { Bench } from '../bench.ts';
import { countHistories } from '../holdfast/histories.ts';
import type { Records } from '../holdfast/records.ts';
import { latencyFigures } from '../latency-figures.ts';
import { digestOf, makePayload } from '../load/load-plan.ts';
import { startRemote, type Remote } from '../processes/remote.ts';
import { cpuBetween, othersBetween, readCpu, readMemories, type Part } from '../processes/usage.ts';
import type { LedgerEntry } from '../receiver/ledger.ts';
import type { Ground } from '../stands.ts';
import { tally } from '../tally.ts';
import {
  batchedJobs,
  type BaselineMode,
  type BaselineName,
  type BaselineSetup,
  type Job,
} from './baseline.ts';
import type { BaselineServices, Enqueued } from './baseline-process.ts';

/** A baseline's burst. */
export interface BaselineBurst {
  readonly baseline: BaselineName;
  readonly mode: BaselineMode;
  readonly jobs: number;
  /** What it does not promise, and what else the reader must know. */
  readonly notes: readonly string[];
}

const concurrency = 50;
const payloadBytes = 2048;
const shortJobs = 200;
const warmUpJobs = 50;
const deadlineMs = 120_000;
const lookEveryMs = 100;
const restMs = 1500;
const shortRestMs = 500;
/** Of the servers, those that the baseline uses; Redis is its own. */
const serversOf: Readonly<Record<BaselineName, readonly string[]>> = {
  plain: ['Temporal', 'PostgreSQL'],
  'pg-boss': ['PostgreSQL'],
  'graphile-worker': ['PostgreSQL'],
  bullmq: ['PostgreSQL'],
};

/** Runs it; throws NotMeasured when what it needs is not there. */
export async function runBaseline(bench: Bench, burst: BaselineBurst): Promise<CaseResult> {
  const { baseline, mode } = burst;
  const ground = await bench.ground();
  const redis = baseline === 'bullmq' ? await ground.servers.startRedis() : undefined;
  if (baseline === 'bullmq' && redis === undefined) {
    throw new NotMeasured('BullMQ: not measured, no redis-server on PATH');
  }
  const setup: BaselineSetup = {
    baseline,
    mode,
    servers: ground.servers.addresses,
    redisPort: redis?.port,
    schema: `bench_${baseline.replaceAll('-', '_')}_${mode}`,
  };
  const module = new URL('./baseline-process.ts', import.meta.url);
  const producer = startRemote<BaselineServices>(module);
  const worker = startRemote<BaselineServices>(module);
  const parts = async (): Promise<readonly Part[]> => {
    const servers = await ground.servers.parts();
    return [
      { name: 'producer', tree: { root: producer.pid } },
      { name: 'worker', tree: { root: worker.pid } },
      ...servers.filter(({ name }) => serversOf[baseline].includes(name)),
      ...(redis === undefined ? [] : [redis.part]),
    ];
  };
  try {
    await producer.call('open', setup);
    await producer.call('prepare', undefined);
    await worker.call('open', setup);
    await worker.call('work', undefined);
    const running = { bench, ground, setup, producer, parts };
    await deliverJobs(running, `${setup.schema}_warm_up`, warmUpJobs);
    const jobs = bench.isShort ? Math.min(shortJobs, burst.jobs) : burst.jobs;
    const result = await measureJobs(running, jobs);
    await Promise.all([producer.call('stop', undefined), worker.call('stop', undefined)]);
    const settings = { ...result.settings, ...(redis === undefined ? {} : { redis: redis.version }) };
    return { ...result, settings, notes: burst.notes };
  } finally {
    await Promise.all([producer.stop(), worker.stop()]);
  }
}

interface Running {
  readonly bench: Bench;
  readonly ground: Ground;
  readonly setup: BaselineSetup;
  readonly producer: Remote<BaselineServices>;
  readonly parts: () => Promise<readonly Part[]>;
}

interface DeliveredJobs {
  readonly jobs: readonly Job[];
  readonly enqueued: Enqueued;
  readonly entries: readonly LedgerEntry[];
}

/** Enqueues jobs and waits until all have arrived and are recorded, or the deadline. */
async function deliverJobs(running: Running, name: string, count: number): Promise<DeliveredJobs> {
  const { bench, ground, setup, producer } = running;
  const { receiver } = bench;
  const lane = `/${name}`;
  const repository = { owner: 'bench', name };
  const url = receiver.urlOf(lane);
  const jobs = Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    url,
    body: makePayload(repository, index, payloadBytes),
  }));
  const recordedBefore = await ground.records.rows(`${setup.schema}.attempt`);
  const jobsPerCall = setup.mode === 'one' ? 1 : batchedJobs;
  const enqueued = await producer.call('enqueue', { jobs, jobsPerCall, concurrency });
  await receiver.untilSucceeded(lane, count, deadlineMs);
  await untilRecorded(ground.records, setup, recordedBefore + count);
  const entries = await receiver.entries(lane);
  await receiver.forget(lane);
  return { jobs, enqueued, entries };
}

async function untilRecorded(records: Records, { schema }: BaselineSetup, count: number): Promise<void> {
  const untilMs = Date.now() + deadlineMs;
  while ((await records.rows(`${schema}.attempt`)) < count && Date.now() < untilMs) await delay(lookEveryMs);
}

async function measureJobs(running: Running, count: number): Promise<CaseResult> {
  const { bench, ground, setup, parts } = running;
  const since = new Date();
  const counted = await ground.records.counters();
  const before = readCpu([...(await parts()), ...bench.instruments]);
  const { jobs, enqueued, entries } = await deliverJobs(running, setup.schema, count);
  await delay(bench.isShort ? shortRestMs : restMs);
  const after = readCpu([...(await parts()), ...bench.instruments]);
  const countedAfter = await ground.records.counters();
  const memories = readMemories(await parts());

  const dueMs = enqueued.startedMs;
  const arrival = latencyFigures(
    entries.map(({ firstMs }) => firstMs - dueMs),
    { name: compared.arrival, percentiles: ['p50', 'p90', 'p99', 'p99.9'] },
  );
  const promised = jobs.map(({ id, body }) => ({ id, dueMs, sha256: digestOf(body) }));
  const { temporal } = setup.servers;
  const figures: readonly Figure[] = [
    { name: compared.accepted, value: perSecond(count, enqueued.endedMs - dueMs), unit: 'jobs/s' },
    {
      name: compared.delivered,
      value: perSecond(entries.length, most(entries.map(({ firstMs }) => firstMs)) - dueMs),
      unit: 'deliveries/s',
    },
    ...(await costFigures(bench, cpuBetween(before, after), count)),
    ...arrival.figures,
    ...memoryFigures(memories),
    ...(setup.baseline === 'plain' ? [await historyFigure(temporal, setup.schema, since, count)] : []),
    {
      name: 'PostgreSQL transactions that write, a delivery',
      value: Number(countedAfter.writes - counted.writes) / count,
      unit: '',
    },
    {
      name: 'write-ahead log a delivery',
      value: Number(countedAfter.walBytes - counted.walBytes) / 1024 / count,
      unit: 'KB',
    },
    { name: 'used by others meanwhile', value: othersBetween(before, after), unit: '% of a core' },
  ];
  return {
    settings: { jobs: count, payloadBytes, concurrency, mode: setup.mode },
    figures,
    tally: tally(promised, entries),
    histograms: { [compared.arrival]: arrival.histogram },
  };
}

async function historyFigure(
  temporal: string,
  taskQueue: string,
  since: Date,
  count: number,
): Promise<Figure> {
  const { events } = await countHistories(temporal, taskQueue, since);
  return { name: 'history events a delivery', value: events / count, unit: 'events' };
}

function perSecond(count: number, ms: number): number | undefined {
  return count === 0 ? undefined : (count * 1000) / ms;
}
