/** What one delivery leaves behind: history events in Temporal; transactions and write-ahead log in PostgreSQL. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { Case, Figure } from '../case.ts';
import { deliverLoad, loadFigures, type Delivered } from '../deliver-load.ts';
import { traceFigures } from '../delivery-figures.ts';
import type { DatabaseCounters } from '../holdfast/records.ts';
import type { LoadPlan } from '../load/load-plan.ts';
import { addTallies } from '../tally.ts';
import { batchSize } from './burst.ts';

/** A connection that falls idle tells its counters to the statistics within ten seconds: a trial run does without. */
const statisticsDelayMs = 11_000;
const deadlineMs = 120_000;

function changePerSecond(before: DatabaseCounters, after: DatabaseCounters): number {
  return ((after.transactions - before.transactions) * 1000) / (after.atMs - before.atMs);
}

async function untilCounted(bench: Bench): Promise<void> {
  if (!bench.isShort) await delay(statisticsDelayMs);
}

interface Footprint {
  readonly delivered: Delivered;
  readonly figures: readonly Figure[];
}

/** Counts over a load, and takes off what an idle installation does anyway. */
async function measureFootprint(
  bench: Bench,
  name: string,
  load: Omit<LoadPlan, 'apiUrl' | 'token' | 'repository'>,
  idlePerSecond: number,
): Promise<Footprint> {
  const { records } = await bench.subject();
  const before = await records.counters();
  const delivered = await deliverLoad(bench, { name, hooks: [{}], load, deadlineMs });
  await untilCounted(bench);
  const after = await records.counters();
  const idleTransactions = (idlePerSecond * (after.atMs - before.atMs)) / 1000;
  const transactions = after.transactions - before.transactions - idleTransactions;
  const figures: readonly Figure[] = [
    {
      name: 'PostgreSQL transactions a delivery',
      value: bench.isShort ? undefined : transactions / delivered.tally.accepted,
      unit: '',
    },
    ...traceFigures(delivered),
  ];
  return {
    delivered,
    figures: figures.map((figure) => ({
      ...figure,
      name: `${name.replace('footprint-', '')}: ${figure.name}`,
    })),
  };
}

/** At a gentle pace, at which each delivery is a workflow of its own, and in a burst. */
export const footprintCase: Case = {
  name: 'footprint',
  title: 'what one delivery leaves behind, at 10 events/s and in a burst',
  isWarm: true,
  run: async (bench) => {
    const paced = { events: bench.isShort ? 30 : 150, perSecond: 10, connections: 16, payloadBytes: 2048 };
    const burst = { events: bench.isShort ? 100 : 2000, batchSize, connections: 16, payloadBytes: 2048 };
    const idleSeconds = bench.isShort ? 1 : 10;
    const { records } = await bench.subject();
    await untilCounted(bench);
    const idleFrom = await records.counters();
    await delay(idleSeconds * 1000);
    const idlePerSecond = changePerSecond(idleFrom, await records.counters());
    const atPace = await measureFootprint(bench, 'footprint-paced', paced, idlePerSecond);
    const inBurst = await measureFootprint(bench, 'footprint-burst', burst, idlePerSecond);
    return {
      settings: { paced, burst, hooks: 1, idleSeconds },
      figures: [
        ...atPace.figures,
        ...inBurst.figures,
        {
          name: 'PostgreSQL transactions when idle',
          value: bench.isShort ? undefined : idlePerSecond,
          unit: '/s',
        },
        ...loadFigures(inBurst.delivered),
      ],
      tally: addTallies([atPace.delivered.tally, inBurst.delivered.tally]),
    };
  },
};
