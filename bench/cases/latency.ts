/** From accept to receiver at a gentle pace, each delivery a workflow of its own. */
import type { Case } from '../case.ts';
import { arrivalLatencies, deliverLoad, loadFigures } from '../deliver-load.ts';
import { latencyFigures } from '../latency-figures.ts';

/** Measures it. */
export const latencyCase: Case = {
  name: 'latency',
  title: 'event due → first byte at the receiver, 10 events/s',
  isWarm: true,
  run: async (bench) => {
    const perSecond = 10;
    const seconds = bench.isShort ? 5 : 30;
    const load = { events: perSecond * seconds, perSecond, connections: 32, payloadBytes: 2048 };
    const delivered = await deliverLoad(bench, { name: 'latency', hooks: [{}], load, deadlineMs: 60_000 });
    const { records } = await bench.subject();
    const arrival = latencyFigures(arrivalLatencies(delivered), {
      name: 'due → receiver',
      targets: { p50: { atMost: 120 }, p99: { atMost: 400 } },
    });
    const recorded = latencyFigures(await records.recordedAfterMs(delivered.repository), {
      name: 'accepted → recorded',
      percentiles: ['p50', 'p99'],
    });
    return {
      settings: { ...load, hooks: 1 },
      figures: [...arrival.figures, ...recorded.figures, ...loadFigures(delivered)],
      tally: delivered.tally,
      histograms: { 'due → receiver': arrival.histogram },
    };
  },
};
