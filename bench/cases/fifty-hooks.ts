/** How long the 202 of one event takes that fifty hooks listen to, with nothing else going on. */
import type { Case } from '../case.ts';
import { deliverLoad } from '../deliver-load.ts';
import { latencyFigures } from '../latency-figures.ts';
import { addTallies } from '../tally.ts';

const hooks = 50;

/** One event after another, each when the deliveries of the one before have ended. */
export const fiftyHooksCase: Case = {
  name: 'fifty-hooks',
  title: 'one event with 50 hooks, sent when all is quiet',
  isWarm: true,
  run: async (bench) => {
    const repeats = bench.isShort ? 2 : 10;
    const load = { events: 1, connections: 1, payloadBytes: 2048 };
    const acceptMs: number[] = [];
    const allMs: number[] = [];
    const others: number[] = [];
    const tallies = [];
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const { outcome, entries, tally, othersPercent } = await deliverLoad(bench, {
        name: `fifty-${repeat}`,
        hooks: Array.from({ length: hooks }, () => ({})),
        load,
        deadlineMs: 60_000,
      });
      const [request] = outcome.requests;
      if (request === undefined) throw new Error('The generator sent nothing');
      acceptMs.push(request.endedMs - request.dueMs);
      allMs.push(Math.max(...entries.map(({ firstMs }) => firstMs)) - request.dueMs);
      others.push(othersPercent ?? 0);
      tallies.push(tally);
    }
    const accept = latencyFigures(acceptMs, {
      name: 'due → 202',
      percentiles: ['p50', 'p90', 'max'],
      targets: { p50: { atMost: 30 }, max: { atMost: 30 } },
    });
    const last = latencyFigures(allMs, { name: 'due → all 50 arrived', percentiles: ['p50', 'max'] });
    return {
      settings: { ...load, hooks, repeats },
      figures: [
        ...accept.figures,
        ...last.figures,
        { name: 'used by others meanwhile, at most', value: Math.max(...others), unit: '% of a core' },
      ],
      tally: addTallies(tallies),
    };
  },
};
