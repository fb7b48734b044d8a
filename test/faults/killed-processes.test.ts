import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiClient, type ApiClient } from '../../bin/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { serverPid, startInstallation, type Installation } from '../support/installation.ts';
import { readLedger } from '../support/ledger.ts';
import { plainPayload } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

/** Deliveries in flight when something is killed. */
const inFlight = 500;

/** Deliveries asleep when Temporal loses its memory. */
const asleep = 50;

/** How long the receiver takes to answer, so that much is in flight at any moment. */
const answerMs = 300;

const repository = { owner: 'faults', name: 'kill' };
const repositoryPath = `/api/repositories/${repository.owner}/${repository.name}`;

describe('killed processes', function () {
  this.timeout(400_000);

  let dataDir: string;
  let receiver: Receiver;
  let running: Installation;
  let token: string;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-faults-'));
    running = await startInstallation(dataDir);
    const platform = createApiClient(running.addresses.api, running.secrets.platformToken);
    await platform.call('PUT', repositoryPath, {});
    const scopes = ['read:repo_hook', 'write:repo_hook', 'events:write'];
    const made = await platform.call<{ data: { token: string } }>('POST', '/api/tokens', {
      username: repository.owner,
      scopes,
    });
    token = made.data.token;
  });
  after(async () => {
    await running.end('SIGTERM');
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.stop());

  const owner = (): ApiClient => createApiClient(running.addresses.api, token);

  const makeHook = async (event: string, schedule: readonly number[]): Promise<string> => {
    const { data } = await owner().call<{ data: { id: string } }>('POST', `${repositoryPath}/webhooks`, {
      url: receiver.url,
      events: [event],
      schedule,
    });
    return data.id;
  };

  const sendMany = async (type: string, count: number): Promise<void> => {
    const event = { repository: `${repository.owner}/${repository.name}`, type };
    await owner().call(
      'POST',
      '/api/events',
      Array.from({ length: count }, (_, index) => ({
        ...event,
        payload: { ...plainPayload(repository), index },
      })),
    );
  };

  const successes = async (hookId: string): Promise<number> => {
    const { data } = await owner().call<{ data: { success: number } }>(
      'GET',
      `/api/webhooks/${hookId}/stats`,
    );
    return data.success;
  };

  const allDelivered = (hookId: string, count: number): Promise<true> =>
    eventually(
      `all ${count} deliveries are recorded as delivered`,
      async () => ((await successes(hookId).catch(() => 0)) === count ? true : undefined),
      180_000,
    );

  /** Ids of the deliveries on record as delivered. */
  const recordedIds = async (hookId: string): Promise<ReadonlySet<string>> => {
    const ids = new Set<string>();
    let cursor: string | null = '';
    while (cursor !== null) {
      const path = `/api/webhooks/${hookId}/deliveries?outcome=delivered&cursor=${cursor}`;
      const page: { data: { deliveryId: string }[]; nextCursor: string | null } = await owner().call(
        'GET',
        path,
      );
      for (const { deliveryId } of page.data) ids.add(deliveryId);
      cursor = page.nextCursor;
    }
    return ids;
  };

  const faults = {
    'API and worker': async () => {
      await running.end('SIGKILL');
      running = await startInstallation(dataDir);
    },
    Temporal: async () => {
      process.kill(await serverPid(dataDir, 'temporal'), 'SIGKILL');
    },
    PostgreSQL: async () => {
      process.kill(await serverPid(dataDir, 'postgres'), 'SIGKILL');
    },
  };

  for (const [victim, kill] of Object.entries(faults)) {
    it(`lose nothing of ${inFlight} deliveries in flight when ${victim} is killed`, async () => {
      receiver.answer((response) => {
        setTimeout(() => response.end(), answerMs);
      });
      const hookId = await makeHook('star.added', [1, 1, 1, 1, 1]);
      await sendMany('star.added', inFlight);
      await receiver.arrived(inFlight / 5, { deadlineMs: 120_000 });
      const recorded = await recordedIds(hookId);
      const arrivedBefore = receiver.arrivals.length;

      await kill();
      await allDelivered(hookId, inFlight);

      const ledger = readLedger(receiver.arrivals);
      assert.ok(arrivedBefore < inFlight, 'everything had arrived before the kill');
      assert.equal(ledger.deliveries, inFlight);
      assert.ok(
        ledger.repeated.every((id) => !recorded.has(id)),
        'a delivery that was on record was sent again',
      );
      await owner().call('PATCH', `/api/webhooks/${hookId}`, { active: false });
    });
  }

  it(`attempt ${asleep} sleeping deliveries within a minute of their time when Temporal loses its memory`, async () => {
    const waitSeconds = 15;
    receiver.answer(...(Array.from({ length: asleep }, () => 503) as [number]), 200);
    const hookId = await makeHook('star.removed', [waitSeconds]);
    await sendMany('star.removed', asleep);
    await receiver.arrived(asleep, { deadlineMs: 60_000 });

    process.kill(await serverPid(dataDir, 'temporal'), 'SIGKILL');
    for (const suffix of ['', '-wal', '-shm'])
      rmSync(join(dataDir, 'temporal', `temporal.db${suffix}`), { force: true });
    await receiver.arrived(asleep * 2, { deadlineMs: 150_000 });

    const firstAttempts = new Map(
      receiver.arrivals.slice(0, asleep).map((arrival) => [arrival.headers['webhook-id'], arrival.at]),
    );
    for (const { headers, at } of receiver.arrivals.slice(asleep)) {
      const dueAt = (firstAttempts.get(headers['webhook-id']) ?? 0) + waitSeconds * 1000;
      assert.ok(at < dueAt + 60_000, `a retry came ${at - dueAt} ms after its time`);
    }
    await allDelivered(hookId, asleep);
  });
});
