/** One receiver of ten fails every delivery twice: whether the others notice, and how punctual the retries are. */
import type { Case } from '../case.ts';
import { arrivalLatencies, deliverLoad, laneOf, loadFigures } from '../deliver-load.ts';
import { latencyFigures } from '../latency-figures.ts';

const name = 'failing';
const schedule = [2, 2];
const scheduleMs = schedule.reduce((sum, seconds) => sum + seconds * 1000, 0);

/** Ten hooks, of which the first one's receiver answers 503 to the first two attempts of each delivery. */
export const failingCase: Case = {
  name,
  title: 'ten hooks, one of them fails each delivery twice, 2 events/s',
  isWarm: true,
  run: async (bench) => {
    const perSecond = 2;
    const seconds = bench.isShort ? 2 : 20;
    const load = { events: perSecond * seconds, perSecond, connections: 16, payloadBytes: 2048 };
    const healthy = Array.from({ length: 9 }, () => ({ schedule }));
    const failing = { schedule, behaviour: { failShare: 1, failArrivals: schedule.length } };
    const hooks = [failing, ...healthy];
    const delivered = await deliverLoad(bench, { name, hooks, load, deadlineMs: 120_000 });
    const { records } = await bench.subject();
    const isFailing = ({ lane }: { readonly lane: string }): boolean => lane === laneOf(name, 0);
    const quick = delivered.entries.filter((entry) => !isFailing(entry));
    const latency = latencyFigures(arrivalLatencies({ ...delivered, entries: quick }), {
      name: 'healthy receivers: due → receiver',
      percentiles: ['p50', 'p99', 'max'],
    });
    const late = delivered.entries
      .filter(isFailing)
      .flatMap(({ firstMs, successMs }) =>
        successMs === undefined ? [] : [successMs - firstMs - scheduleMs],
      );
    const retries = latencyFigures(late, {
      name: 'later than both delays',
      percentiles: ['p50', 'p99', 'max'],
    });
    return {
      settings: { ...load, hooks: hooks.length, schedule, failing: '1 of 10, twice a delivery' },
      figures: [
        ...latency.figures,
        ...retries.figures,
        {
          name: 'attempts recorded a delivery',
          value: (await records.attempts(delivered.repository)) / delivered.tally.accepted,
          unit: '',
        },
        ...loadFigures(delivered),
      ],
      tally: delivered.tally,
    };
  },
};
