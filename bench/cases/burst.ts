/** Many events at once, through either route: how many deliveries a second come out, and what each of them costs. */
import type { Bench } from '../bench.ts';
import type { Case, CaseResult } from '../case.ts';
import { deliverLoad, loadFigures, type DeliveringHook } from '../deliver-load.ts';
import { deliveryFigures, type DeliveryTargets } from '../delivery-figures.ts';
import type { Subject } from '../stands.ts';

/** How a burst is sent. */
export interface Burst {
  /** Names the case. */
  readonly name: string;
  readonly events: number;
  /** Events in one request to the batch route; undefined sends each through the single-event route. */
  readonly batchSize?: number;
  /** Hooks that listen to each event; one unless given. */
  readonly hooks?: number;
  /** What each hook and its receiver are like. */
  readonly hook?: DeliveringHook;
  readonly targets?: DeliveryTargets;
  /** Who delivers; the installation that cases share unless given. */
  readonly subject?: Subject;
}

const connections = 50;
const deadlineMs = 120_000;
const shortShare = 0.015;
const shortDeliveries = 60;

/** Events in one request of the cases that use the batch route. */
export const batchSize = 100;

/** What is asked of a burst through either route. */
export const burstTargets = {
  single: { delivered: { atLeast: 1000 }, yardsticks: { atMost: 12 } },
  batch: { delivered: { atLeast: 2500 }, yardsticks: { atMost: 6 } },
} as const satisfies Record<string, DeliveryTargets>;

/** Events of a burst. */
export const burstEvents = 5000;

/** Sends a burst; in a trial run a small part of it. */
export async function runBurst(bench: Bench, burst: Burst): Promise<CaseResult> {
  const { name, hooks = 1, hook = {}, targets, subject } = burst;
  const events = bench.isShort ? shortEvents(burst.events, hooks) : burst.events;
  const load = {
    events,
    connections,
    payloadBytes: 2048,
    ...(burst.batchSize === undefined ? {} : { batchSize: burst.batchSize }),
  };
  const delivered = await deliverLoad(bench, {
    name,
    hooks: Array.from({ length: hooks }, () => hook),
    load,
    deadlineMs,
    ...(subject === undefined ? {} : { subject }),
  });
  const { figures, histograms } = await deliveryFigures(bench, delivered, targets);
  return {
    settings: { ...load, hooks, ...hook },
    figures: [...figures, ...loadFigures(delivered)],
    tally: delivered.tally,
    histograms,
  };
}

function shortEvents(events: number, hooks: number): number {
  return Math.ceil(Math.max(events * hooks * shortShare, shortDeliveries) / hooks);
}

/** Each event in a request of its own. */
export const burstSingleCase: Case = {
  name: 'burst-single',
  title: `a burst of ${burstEvents} through the single-event route, 50 connections`,
  isWarm: true,
  run: (bench) =>
    runBurst(bench, { name: 'burst-single', events: burstEvents, targets: burstTargets.single }),
};

/** A hundred events in a request. */
export const burstBatchCase: Case = {
  name: 'burst-batch',
  title: `a burst of ${burstEvents} through the batch route, 100 events a request`,
  isWarm: true,
  run: (bench) =>
    runBurst(bench, { name: 'burst-batch', events: burstEvents, batchSize, targets: burstTargets.batch }),
};

/** Few events, each to many receivers. */
export const fanOutCase: Case = {
  name: 'fan-out',
  title: '200 events at once, each to 50 hooks',
  isWarm: true,
  run: (bench) => {
    const targets = { delivered: { atLeast: 3000 }, yardsticks: { atMost: 5 } };
    return runBurst(bench, { name: 'fan-out', events: 200, hooks: 50, targets });
  },
};

/** One delivery of ten fails at first and goes on as a delivery that waits. */
export const failingBurstCase: Case = {
  name: 'failing-burst',
  title: `a burst of ${burstEvents} through the single-event route, a tenth of which fails once`,
  isWarm: true,
  run: (bench) => {
    const hook = { behaviour: { failShare: 0.1, failArrivals: 1 }, schedule: [2] };
    return runBurst(bench, { name: 'failing-burst', events: burstEvents, hook });
  },
};
