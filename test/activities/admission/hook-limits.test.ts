import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog } from '#platform/log.ts';
import { startEngine, type RunningEngine } from '#worker/start-engine.ts';
import { countOf } from '../../db/records.ts';
import { eventually } from '../../support/eventually.ts';
import { startHoldfast, testBundle, type TestHoldfast } from '../../support/holdfast.ts';
import { makeHook, makeRepository, plainPayload, type OwnedRepository } from '../../support/make.ts';
import { startReceiver, type Receiver } from '../../support/receiver.ts';

const deadlineMs = 60_000;

/** Milliseconds by which two requests may come closer than they were sent. */
const toleranceMs = 5;

/** The most arrivals within any time so long. */
function mostWithin(ms: number, times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));
}

describe('the limits of a hook', function () {
  this.timeout(120_000);

  let holdfast: TestHoldfast;
  let second: RunningEngine;
  let receiver: Receiver;
  let repository: OwnedRepository;

  before(async () => {
    holdfast = await startHoldfast({ env: { HOLDFAST_GROUP_THRESHOLD: '5' } });
    const { config, database, temporal } = holdfast;
    const log = createLog('silent');
    second = await startEngine({ config, database, temporal, log, bundle: testBundle(), graceMs: 1000 });
    await second.ready;
  });
  after(async () => {
    await second.stop();
    await holdfast.stop();
  });
  beforeEach(async () => {
    receiver = await startReceiver();
    repository = await makeRepository(holdfast);
  });
  afterEach(() => receiver.stop());

  const hook = async (settings: object): Promise<string> => {
    const made = await makeHook(holdfast, repository, {
      url: receiver.url,
      events: ['star.added'],
      ...settings,
    });
    return made.id;
  };
  const send = async (count: number): Promise<void> => {
    const repositoryName = `${repository.owner}/${repository.name}`;
    const event = { repository: repositoryName, type: 'star.added', payload: plainPayload(repository) };
    const body = Array.from({ length: count }, () => event);
    const answer = await holdfast.call('POST', '/api/events', { token: repository.token, body });
    assert.equal(answer.status, 200, answer.text);
    second.noteWaiting();
  };
  const change = async (hookId: string, settings: object): Promise<void> => {
    const options = { token: repository.token, body: settings };
    assert.equal((await holdfast.call('PATCH', `/api/webhooks/${hookId}`, options)).status, 200);
  };
  const until = (hookId: string, condition: string, count: number): Promise<true> =>
    eventually(
      `${count} deliveries: ${condition}`,
      async () => {
        const where = `hook_id = '${hookId}' and ${condition}`;
        return (await countOf(holdfast.database.pool, 'delivery', where)) === count ? true : undefined;
      },
      deadlineMs,
    );
  const times = (): readonly number[] => receiver.arrivals.map(({ at }) => at);

  it('are never exceeded by requests a second, retries included, over two workers', async () => {
    const hookId = await hook({ rateLimitPerSecond: 10, schedule: [1] });
    receiver.answer(500, 500, 500, 200);

    // Where the machine keeps this process from looking, the receiver notes what has arrived later than it did.
    const stalls = monitorEventLoopDelay({ resolution: 1 });
    stalls.enable();
    await send(25);
    await until(hookId, `state = 'delivered'`, 25);
    stalls.disable();

    assert.equal(receiver.arrivals.length, 28);
    const most = mostWithin(1000 - toleranceMs - stalls.max / 1e6, times());
    assert.ok(most <= 10, `${most} arrived within a second: ${times().join(' ')}`);
  });

  it('are never exceeded by requests at once, over two workers', async () => {
    const hookId = await hook({ maxInFlight: 2 });
    let underWay = 0;
    let most = 0;
    receiver.answer((response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      void delay(50).then(() => {
        underWay -= 1;
        response.writeHead(200).end();
      });
    });

    await send(80);
    await until(hookId, `state = 'delivered'`, 80);

    assert.equal(receiver.arrivals.length, 80);
    assert.equal(most, 2);
    assert.equal(await countOf(holdfast.database.pool, 'hook_lease', `hook_id = '${hookId}'`), 2);
  });

  it('give those that wait new turns when they are changed', async () => {
    const hookId = await hook({ rateLimitPerSecond: 0.01 });
    await send(10);
    await until(hookId, `turn_at is not null and state = 'waiting'`, 9);

    await change(hookId, { rateLimitPerSecond: null });

    await until(hookId, `state = 'delivered'`, 10);
    assert.equal(receiver.arrivals.length, 10);
  });
});
