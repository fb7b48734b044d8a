/** Everything is killed half-way through a drain and a replay: all arrive, in order, and none twice but what was under way. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiClient, type ApiClient } from '../../bin/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { startInstallation, type Installation } from '../support/installation.ts';
import { readLedger } from '../support/ledger.ts';
import { plainPayload } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const count = 400;
const ratePerSecond = 40;
const repository = { owner: 'faults', name: 'control' };
const repositoryPath = `/api/repositories/${repository.owner}/${repository.name}`;

interface Hook {
  readonly drain: unknown;
}

interface Replay {
  readonly id: string;
  readonly state: string;
  readonly matched: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
}

describe('processes killed while a hook is drained and replayed', function () {
  this.timeout(300_000);
  let dataDir: string;
  let receiver: Receiver;
  let running: Installation;
  let token: string;
  let hookId: string;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-faults-'));
    receiver = await startReceiver();
    running = await startInstallation(dataDir);
    const platform = createApiClient(running.addresses.api, running.secrets.platformToken);
    await platform.call('PUT', repositoryPath, {});
    const scopes = ['read:repo_hook', 'write:repo_hook', 'events:write'];
    const made = await platform.call<{ data: { token: string } }>('POST', '/api/tokens', {
      username: repository.owner,
      scopes,
    });
    token = made.data.token;
    const { data } = await owner().call<{ data: { id: string } }>('POST', `${repositoryPath}/webhooks`, {
      url: receiver.url,
      events: ['star.added'],
    });
    hookId = data.id;
  });
  after(async () => {
    await running.end('SIGTERM');
    await receiver.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const owner = (): ApiClient => createApiClient(running.addresses.api, token);
  const killAndStart = async (): Promise<void> => {
    await running.end('SIGKILL');
    running = await startInstallation(dataDir);
  };
  /** The numbers of the events in the order in which each arrived first, from an arrival on. */
  const firstArrivals = (from: number): readonly number[] => [
    ...new Set(
      receiver.arrivals
        .slice(from)
        .map(({ body }) => (JSON.parse(body.toString()) as { index: number }).index),
    ),
  ];

  it('send everything in order, and little twice', async () => {
    const order = Array.from({ length: count }, (_, index) => index);
    await owner().call('POST', `/api/webhooks/${hookId}/pause`, {});
    await owner().call(
      'POST',
      '/api/events',
      order.map((index) => ({
        repository: `${repository.owner}/${repository.name}`,
        type: 'star.added',
        payload: { ...plainPayload(repository), index },
      })),
    );

    await owner().call('POST', `/api/webhooks/${hookId}/resume`, { ratePerSecond });
    await receiver.arrived(count / 2, { deadlineMs: 60_000 });
    await killAndStart();
    await eventually(
      'the hook is drained',
      async () => {
        const { data } = await owner().call<{ data: Hook }>('GET', `/api/webhooks/${hookId}`);
        return data.drain === null ? true : undefined;
      },
      120_000,
    );
    const drained = receiver.arrivals.length;
    const drainOrder = firstArrivals(0);
    const begun = await owner().call<{ data: Replay }>('POST', `/api/webhooks/${hookId}/replays`, {
      since: new Date(0).toISOString(),
      states: ['delivered'],
      ratePerSecond,
    });
    await receiver.arrived(drained + count / 2, { deadlineMs: 60_000 });
    await killAndStart();
    const replay = await eventually(
      'the replay is done',
      async () => {
        const { data } = await owner().call<{ data: Replay }>('GET', `/api/replays/${begun.data.id}`);
        return data.state === 'done' ? data : undefined;
      },
      120_000,
    );

    assert.deepEqual(drainOrder, order);
    assert.deepEqual(firstArrivals(drained), order);
    assert.deepEqual([replay.matched, replay.done, replay.failed, replay.skipped], [count, count, 0, 0]);
    assert.equal(readLedger(receiver.arrivals).deliveries, count);
    assert.ok(receiver.arrivals.length <= 2 * count + 2, `${receiver.arrivals.length} requests`);
  });
});
