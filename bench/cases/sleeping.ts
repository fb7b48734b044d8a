/**
 * Thousands of deliveries that wait for their next attempt: what each of them takes in PostgreSQL and in Temporal, what
 * the worker holds meanwhile, and how late they wake when all are due within one minute.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { Case, CaseResult, Figure } from '../case.ts';
import { deliverLoad, loadFigures, type Delivered, type UnderWay } from '../deliver-load.ts';
import type { Processes } from '../holdfast/processes.ts';
import { temporalStoreBytes } from '../holdfast/temporal-store.ts';
import { latencyFigures } from '../latency-figures.ts';
import { readMemories, type PartMemory } from '../processes/usage.ts';
import type { Subject } from '../stands.ts';
import { withProcesses } from '../with-processes.ts';

/** They sleep for long enough that all of them have begun to before the first one wakes. */
const full = { acceptSeconds: 60, sleepSeconds: 300, batchSize: 100 } as const;
const short = { acceptSeconds: 3, sleepSeconds: 15, batchSize: 10 } as const;
const fewDeliveries = 60;

/** They are looked at this long before the first of them wakes. */
const beforeWakingMs = 5000;
const wakeDeadlineMs = 900_000;
const megabyte = 1024 * 1024;

interface Sizes {
  readonly postgresBytes: number;
  readonly temporalBytes: number | undefined;
  readonly memories: readonly PartMemory[];
}

interface Asleep extends Sizes {
  readonly waiting: number;
}

async function measureSizes({ installation, records }: Subject, dataDir: string): Promise<Sizes> {
  return {
    postgresBytes: await records.databaseBytes(),
    temporalBytes: temporalStoreBytes(dataDir),
    memories: readMemories(await installation.parts()),
  };
}

function sizeFigures(before: Sizes, asleep: Asleep, awake: Sizes): readonly Figure[] {
  const each = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : (to - from) / asleep.waiting / 1024;
  const memoryOf = (what: string, { memories }: Sizes): readonly Figure[] =>
    memories
      .filter(({ name: part }) => part === 'worker' || part === 'Temporal')
      .map(({ name: part, rssBytes }) => ({
        name: `${part} RSS, ${what}`,
        value: rssBytes / megabyte,
        unit: 'MB',
      }));
  return [
    { name: 'asleep at once', value: asleep.waiting, unit: 'deliveries' },
    { name: 'PostgreSQL, each', value: each(before.postgresBytes, asleep.postgresBytes), unit: 'KB' },
    { name: "Temporal's store, each", value: each(before.temporalBytes, asleep.temporalBytes), unit: 'KB' },
    ...memoryOf('before', before),
    ...memoryOf('all asleep', asleep),
    ...memoryOf('all awake again', awake),
  ];
}

/** How much later than its delay each second attempt arrived. */
function latenessFigures({ entries }: Delivered, sleepSeconds: number): readonly Figure[] {
  const late = entries.flatMap(({ firstMs, successMs }) =>
    successMs === undefined ? [] : [successMs - firstMs - sleepSeconds * 1000],
  );
  return latencyFigures(late, { name: 'woken late' }).figures;
}

async function measureSleep(
  bench: Bench,
  subject: Subject<Processes>,
  name: string,
  wanted: number,
): Promise<CaseResult> {
  const { acceptSeconds, sleepSeconds, batchSize } = bench.isShort ? short : full;
  const deliveries = bench.isShort ? fewDeliveries : wanted;
  const { servers } = await bench.ground();
  const load = {
    events: deliveries,
    batchSize,
    perSecond: deliveries / batchSize / acceptSeconds,
    connections: 16,
    payloadBytes: 2048,
  };
  const before = await measureSizes(subject, servers.dataDir);
  let asleep: Asleep | undefined;
  const during = async ({ repository }: UnderWay): Promise<void> => {
    await delay(sleepSeconds * 1000 - beforeWakingMs);
    const waiting = await subject.records.waiting(repository);
    asleep = { ...(await measureSizes(subject, servers.dataDir)), waiting };
  };
  const delivered = await deliverLoad(bench, {
    name,
    hooks: [{ behaviour: { failShare: 1, failArrivals: 1 }, schedule: [sleepSeconds] }],
    load,
    deadlineMs: wakeDeadlineMs,
    subject,
    during,
  });
  if (asleep === undefined) throw new Error('Nothing slept');
  const awake = await measureSizes(subject, servers.dataDir);
  return {
    settings: { ...load, sleepSeconds },
    figures: [
      ...sizeFigures(before, asleep, awake),
      ...latenessFigures(delivered, sleepSeconds),
      ...loadFigures(delivered),
    ],
    tally: delivered.tally,
  };
}

/** On an API process and one worker, whose memory is then its own. */
const sleeping = (name: string, deliveries: number): Case => ({
  name,
  title: `${deliveries} deliveries asleep, all due within ${full.acceptSeconds} s; an API process and one worker`,
  run: (bench) =>
    withProcesses(bench, name, { workers: 1 }, (subject) => measureSleep(bench, subject, name, deliveries)),
});

/** As many as one machine may have to wake after an outage, and half of them. */
export const sleepingCase = sleeping('sleeping', 10_000);
export const halfSleepingCase = sleeping('sleeping-half', 5000);
