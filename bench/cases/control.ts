/** Draining and replaying: whether the pace asked for is kept, the order too, and what a long replay takes in memory. */
import { createApiClient, type ApiClient } from '../../bin/api-client.ts';
import type { Bench } from '../bench.ts';
import type { Case, Figure } from '../case.ts';
import { nowMs } from '../clock.ts';
import { laneOf } from '../deliver-load.ts';
import { makeBenchRepository } from '../holdfast/bench-repository.ts';
import { readMemories } from '../processes/usage.ts';
import type { LedgerEntry } from '../receiver/ledger.ts';

const batchSize = 500;
const deadlineMs = 300_000;
const drainRate = 50;
const replayRate = 1000;
const megabyte = 1024 * 1024;
const lookEveryMs = 500;

interface Replay {
  readonly id: string;
  readonly state: string;
  readonly done: number;
  readonly failed: number;
}

interface Stage {
  readonly api: ApiClient;
  readonly hookPath: string;
  readonly hookId: string;
  readonly lane: string;
  readonly repository: string;
}

/** A repository with one hook of its own. */
async function prepare(bench: Bench, name: string): Promise<Stage> {
  const { installation } = await bench.subject();
  const lane = laneOf(name, 0);
  const {
    owner,
    name: repo,
    token,
  } = await makeBenchRepository(installation, name, [{ url: bench.receiver.urlOf(lane) }]);
  const api = createApiClient(installation.addresses.api, token);
  const { data } = await api.call<{ data: { id: string }[] }>(
    'GET',
    `/api/repositories/${owner}/${repo}/webhooks`,
  );
  const hookId = data[0]?.id as string;
  return { api, hookId, hookPath: `/api/webhooks/${hookId}`, lane, repository: `${owner}/${repo}` };
}

async function send({ api, repository }: Stage, count: number): Promise<void> {
  const [owner, name] = repository.split('/');
  for (let sent = 0; sent < count; sent += batchSize) {
    const { data } = await api.call<{ data: { status: number }[] }>(
      'POST',
      '/api/events',
      Array.from({ length: Math.min(batchSize, count - sent) }, () => ({
        repository,
        type: 'star.added',
        payload: {
          repository: { id: '1', owner, name, url: `https://example.com/${repository}` },
          sender: { id: '7', username: 'octo' },
        },
      })),
    );
    if (data.some(({ status }) => status !== 202)) throw new Error('An event was not accepted');
  }
}

/** How far the rate was from the one asked for, and how many arrived before one that was accepted earlier. */
function paceFigures(entries: readonly LedgerEntry[], asked: number): readonly Figure[] {
  const byArrival = entries.toSorted((one, other) => one.firstMs - other.firstMs);
  const spanMs = (byArrival.at(-1)?.firstMs ?? 0) - (byArrival[0]?.firstMs ?? 0);
  const outOfOrder = byArrival.filter(
    ({ id }, index) => index > 0 && id < (byArrival[index - 1]?.id ?? ''),
  ).length;
  return [
    {
      name: 'rate ÷ rate asked for',
      value: ((entries.length - 1) * 1000) / spanMs / asked,
      unit: '×',
      target: { atLeast: 0.9, atMost: 1.1 },
    },
    { name: 'out of order', value: outOfOrder, unit: '', target: { atMost: 0 } },
    {
      name: 'arrived twice',
      value: entries.filter(({ arrivals }) => arrivals > 1).length,
      unit: '',
      target: { atMost: 0 },
    },
  ];
}

/** A thousand held deliveries. */
export const drainCase: Case = {
  name: 'drain',
  title: `held deliveries, drained at ${drainRate} a second`,
  run: async (bench) => {
    const count = bench.isShort ? 100 : 1000;
    const stage = await prepare(bench, 'drain');
    await stage.api.call('POST', `${stage.hookPath}/pause`, {});
    await send(stage, count);
    await stage.api.call('POST', `${stage.hookPath}/resume`, { ratePerSecond: drainRate });
    await bench.receiver.untilSucceeded(stage.lane, count, deadlineMs);
    return {
      settings: { deliveries: count, ratePerSecond: drainRate },
      figures: paceFigures(await bench.receiver.entries(stage.lane), drainRate),
    };
  },
};

/** Ten thousand deliveries, sent again as fast as one receiver takes them in order. */
export const replayCase: Case = {
  name: 'replay',
  title: `a replay of delivered deliveries, ${replayRate} a second asked for`,
  run: async (bench) => {
    const count = bench.isShort ? 200 : 10_000;
    const { installation } = await bench.subject();
    const stage = await prepare(bench, 'replay');
    await send(stage, count);
    await bench.receiver.untilSucceeded(stage.lane, count, deadlineMs);
    const holdfastBytes = async (): Promise<number> =>
      readMemories(await installation.parts()).find(({ name }) => name === 'Holdfast')?.rssBytes ?? 0;
    const before = await holdfastBytes();
    const startedMs = nowMs();
    const { data } = await stage.api.call<{ data: Replay }>('POST', `${stage.hookPath}/replays`, {
      since: new Date(0).toISOString(),
      states: ['delivered'],
      ratePerSecond: replayRate,
    });
    const seen: Replay[] = [];
    let most = before;
    let replay = data;
    while (replay.state === 'counting' || replay.state === 'running') {
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      replay = (await stage.api.call<{ data: Replay }>('GET', `/api/replays/${data.id}`)).data;
      seen.push(replay);
      most = Math.max(most, await holdfastBytes());
    }
    const fallen = seen.filter(({ done }, index) => done < (seen[index - 1]?.done ?? 0)).length;
    return {
      settings: { deliveries: count, ratePerSecond: replayRate },
      figures: [
        { name: 'sent again', value: (count * 1000) / (nowMs() - startedMs), unit: '/s' },
        { name: 'done', value: replay.done, unit: '', target: { atLeast: count, atMost: count } },
        { name: 'progress that fell', value: fallen, unit: '', target: { atMost: 0 } },
        {
          name: 'Holdfast RSS, most above before',
          value: (most - before) / megabyte,
          unit: 'MB',
          target: { atMost: 50 },
        },
      ],
    };
  },
};
