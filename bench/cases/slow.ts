/** Whether one receiver that hangs, with thousands waiting for it, slows down the deliveries to its neighbours. */
import { setTimeout as delay } from 'node:timers/promises';
import { createApiClient } from '../../bin/api-client.ts';
import type { Bench } from '../bench.ts';
import type { Case, Figure } from '../case.ts';
import { arrivalLatencies, deliverLoad, laneOf, loadFigures, type Delivered } from '../deliver-load.ts';
import { makeBenchRepository } from '../holdfast/bench-repository.ts';
import { latencyFigures } from '../latency-figures.ts';
import { addTallies } from '../tally.ts';

const hangMs = 15_000;
const queued = 2000;
const shortQueued = 200;
const healthyHooks = 50;
const perSecond = 2;
const payloadBytes = 2048;
const hungName = 'slow-hung';

/** Has thousands of deliveries wait for a receiver that hangs; answers how to be rid of them. */
async function hang(bench: Bench): Promise<() => Promise<void>> {
  const { installation } = await bench.subject();
  const { addresses, secrets } = installation;
  const lane = laneOf(hungName, 0);
  await bench.receiver.behave(lane, { delayMs: hangMs });
  const url = bench.receiver.urlOf(lane);
  const { token, ...repository } = await makeBenchRepository(installation, hungName, [{ url }]);
  const events = bench.isShort ? shortQueued : queued;
  const plan = {
    events,
    batchSize: 500,
    connections: 4,
    payloadBytes,
    apiUrl: addresses.api,
    token,
    repository,
  };
  await bench.generator.sendLoad(plan);
  return async () => {
    const platform = createApiClient(addresses.api, secrets.platformToken);
    await platform.call('DELETE', `/api/repositories/${repository.owner}/${repository.name}`);
    // What is under way to it still comes to its end, and would otherwise disturb the next case.
    await delay(hangMs);
    await bench.receiver.forget(lane);
  };
}

/** Delivers to the healthy hooks. */
function deliverBeside(bench: Bench, name: string, during?: () => Promise<void>): Promise<Delivered> {
  const seconds = bench.isShort ? 2 : 20;
  const load = { events: perSecond * seconds, perSecond, connections: 16, payloadBytes };
  const hooks = Array.from({ length: healthyHooks }, () => ({}));
  const more = during === undefined ? {} : { during };
  return deliverLoad(bench, { name, hooks, load, deadlineMs: 120_000, ...more });
}

function arrivalFigures(delivered: Delivered, what: string): readonly Figure[] {
  return latencyFigures(arrivalLatencies(delivered), {
    name: `healthy receivers ${what}: due → receiver`,
    percentiles: ['p50', 'p99'],
  }).figures;
}

function ratio(name: string, one: Figure | undefined, other: Figure | undefined, atMost: number): Figure {
  const value = one?.value === undefined || other?.value === undefined ? undefined : one.value / other.value;
  return { name, value, unit: '×', target: { atMost } };
}

/** Measures the neighbours without it and with it. */
export const slowCase: Case = {
  name: 'slow',
  title: `${healthyHooks} healthy hooks, ${perSecond} events/s to all, beside a receiver that hangs ${hangMs / 1000} s with ${queued} waiting`,
  isWarm: true,
  run: async (bench) => {
    const alone = await deliverBeside(bench, 'slow-without');
    let forget = (): Promise<void> => Promise.resolve();
    const beside = await deliverBeside(bench, 'slow-with', async () => {
      forget = await hang(bench);
    });
    await forget();
    const [without, withIt] = [arrivalFigures(alone, 'without it'), arrivalFigures(beside, 'beside it')];
    return {
      settings: { perSecond, healthyHooks, hangMs, queued },
      figures: [
        ...without,
        ...withIt,
        ratio('p50 beside it ÷ without it', withIt[0], without[0], 1.25),
        ratio('p99 beside it ÷ without it', withIt[1], without[1], 1.25),
        ...loadFigures(beside),
      ],
      tally: addTallies([alone.tally, beside.tally]),
    };
  },
};
