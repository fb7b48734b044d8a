/** Whether one receiver that takes seconds for each reply slows down the deliveries to its neighbours. */
import type { Bench } from '../bench.ts';
import type { Case, Figure } from '../case.ts';
import { arrivalLatencies, deliverLoad, laneOf, loadFigures, type Delivered } from '../deliver-load.ts';
import { latencyFigures } from '../latency-figures.ts';
import { addTallies } from '../tally.ts';

const slowMs = 5000;
const fastHooks = 9;
const perSecond = 2;

/** The first hook's receiver answers at once, or late. */
function deliverBeside(bench: Bench, name: string, delayMs: number | undefined): Promise<Delivered> {
  const seconds = bench.isShort ? 2 : 15;
  const load = { events: perSecond * seconds, perSecond, connections: 16, payloadBytes: 2048 };
  const first = delayMs === undefined ? {} : { behaviour: { delayMs } };
  const hooks = [first, ...Array.from({ length: fastHooks }, () => ({}))];
  return deliverLoad(bench, { name, hooks, load, deadlineMs: 120_000 });
}

function fastFigures(name: string, delivered: Delivered, what: string): readonly Figure[] {
  const entries = delivered.entries.filter(({ lane }) => lane !== laneOf(name, 0));
  return latencyFigures(arrivalLatencies({ ...delivered, entries }), {
    name: `fast receivers ${what}: due → receiver`,
    percentiles: ['p50', 'p99'],
  }).figures;
}

/** Measures the neighbours without it and with it. */
export const slowCase: Case = {
  name: 'slow',
  title: `nine fast receivers beside one that takes ${slowMs / 1000} s for a reply, 2 events/s`,
  isWarm: true,
  run: async (bench) => {
    const alone = await deliverBeside(bench, 'slow-without', undefined);
    const beside = await deliverBeside(bench, 'slow-with', slowMs);
    const [without, withIt] = [
      fastFigures('slow-without', alone, 'without it'),
      fastFigures('slow-with', beside, 'beside it'),
    ];
    const [p50] = withIt;
    const [p50Alone] = without;
    const ratio =
      p50?.value === undefined || p50Alone?.value === undefined ? undefined : p50.value / p50Alone.value;
    return {
      settings: { perSecond, fastHooks, slowMs },
      figures: [
        ...without,
        ...withIt,
        { name: 'p50 beside it ÷ without it', value: ratio, unit: '×' },
        ...loadFigures(beside),
      ],
      tally: addTallies([alone.tally, beside.tally]),
    };
  },
};
