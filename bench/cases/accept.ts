/** How long producers wait for their 202, with one hook listening and its deliveries made meanwhile. */
import type { Case } from '../case.ts';
import { deliverLoad, loadFigures } from '../deliver-load.ts';
import { latencyFigures } from '../latency-figures.ts';

/** Measures it. */
export const acceptCase: Case = {
  name: 'accept',
  title: 'event due → 202 read, 50 events/s, one hook',
  isWarm: true,
  run: async (bench) => {
    const perSecond = 50;
    const seconds = bench.isShort ? 2 : 20;
    const load = { events: perSecond * seconds, perSecond, connections: 64, payloadBytes: 2048 };
    const delivered = await deliverLoad(bench, { name: 'accept', hooks: [{}], load, deadlineMs: 180_000 });
    const latencies = delivered.outcome.requests.map(({ dueMs, endedMs }) => endedMs - dueMs);
    const accept = latencyFigures(latencies, {
      name: 'due → 202',
      targets: { p50: { atMost: 10 }, p99: { atMost: 50 } },
    });
    return {
      settings: { ...load, hooks: 1 },
      figures: [...accept.figures, ...loadFigures(delivered)],
      tally: delivered.tally,
      histograms: { 'due → 202': accept.histogram },
    };
  },
};
