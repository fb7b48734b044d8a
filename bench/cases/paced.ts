/** From accept to receiver at a pace at which the worker keeps up: each delivery is a workflow of its own. */
import type { Bench } from '../bench.ts';
import type { Case, CaseResult } from '../case.ts';
import { deliverLoad, loadFigures } from '../deliver-load.ts';
import { deliveryFigures, type DeliveryTargets } from '../delivery-figures.ts';
import { latencyFigures } from '../latency-figures.ts';

interface Pace {
  readonly name: string;
  readonly perSecond: number;
  readonly targets: DeliveryTargets;
}

const fullSeconds = 30;
const shortSeconds = 2;
const deadlineMs = 60_000;

async function runPaced(bench: Bench, { name, perSecond, targets }: Pace): Promise<CaseResult> {
  const seconds = bench.isShort ? shortSeconds : fullSeconds;
  const load = { events: perSecond * seconds, perSecond, connections: 32, payloadBytes: 2048 };
  const delivered = await deliverLoad(bench, { name, hooks: [{}], load, deadlineMs });
  const { records } = await bench.subject();
  const { figures, histograms } = await deliveryFigures(bench, delivered, targets);
  const recorded = latencyFigures(await records.recordedAfterMs(delivered.repository), {
    name: 'accepted → recorded',
    percentiles: ['p50', 'p99'],
  });
  return {
    settings: { ...load, hooks: 1 },
    figures: [...figures, ...recorded.figures, ...loadFigures(delivered)],
    tally: delivered.tally,
    histograms,
  };
}

/** At a gentle pace. */
export const latencyCase: Case = {
  name: 'latency',
  title: 'event due → first byte at the receiver, 10 events/s',
  isWarm: true,
  run: (bench) => {
    const arrival = { p50: { atMost: 120 }, p99: { atMost: 400 } };
    return runPaced(bench, { name: 'latency', perSecond: 10, targets: { arrival } });
  },
};

/** At twice that, held against the fastest webhook senders. */
export const pacedCase: Case = {
  name: 'paced',
  title: 'event due → first byte at the receiver, 20 events/s',
  isWarm: true,
  run: (bench) => {
    const arrival = { p50: { atMost: 18 }, p99: { atMost: 60 } };
    return runPaced(bench, { name: 'paced', perSecond: 20, targets: { arrival } });
  },
};
