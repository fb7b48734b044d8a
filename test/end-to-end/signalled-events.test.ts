import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { query } from '#db/query.ts';
import { receiveEventsWorkflow, type ReceiveEventsInput } from '#workflows/producer-messages.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, plainPayload, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { makeProducer } from '../support/signalling.ts';
import { wrongSignals } from './wrong-signals.ts';

describe('events that are signalled', function () {
  this.timeout(60_000);

  let holdfast: TestHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;

  before(async () => {
    holdfast = await startHoldfast();
    receiver = await startReceiver();
  });
  after(async () => {
    await holdfast.stop();
    await receiver.stop();
  });
  beforeEach(async () => {
    repository = await makeRepository(holdfast);
  });
  afterEach(async () => {
    await produce().stop();
  });

  const produce = (more: Omit<ReceiveEventsInput, 'repository'> = {}, to = repository) => {
    const { config, temporal } = holdfast;
    return makeProducer({ ...to, client: temporal.client, taskQueue: config.temporal.taskQueue }, more);
  };
  const event = (key: string, more: object = {}) => ({
    key,
    type: 'star.added',
    payload: plainPayload(repository),
    ...more,
  });
  const storedKeys = async (): Promise<readonly string[]> => {
    const rows = await query<{ key: string }>(holdfast.database.pool, {
      text: `select key from event join repository on repository.id = event.repository_id
        left join idempotency_key on event_id = event.id where owner = $1 order by event.id`,
      values: [repository.owner],
    });
    return rows.map(({ key }) => key);
  };
  const failureOf = async (result: Promise<unknown>): Promise<Error | undefined> => {
    const error = await result.then(
      () => assert.fail('The workflow did not fail'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof WorkflowFailedError);
    return error.cause;
  };
  /** Keeps the database from accepting anything until what is awaited within has come about. */
  const whileNothingIsAccepted = async (work: () => Promise<void>): Promise<void> => {
    const { pool } = holdfast.database;
    await pool.query('alter table idempotency_key rename to away');
    try {
      await work();
    } finally {
      await pool.query('alter table away rename to idempotency_key');
    }
  };

  it('are delivered', async () => {
    await makeHook(holdfast, repository, { url: receiver.url, events: ['star.added'] });
    const payloadText = ` ${JSON.stringify({ ...plainPayload(repository), big: 1 }).replace('1}', '9007199254740993}')}\n`;

    await produce().signal(event('one', { payload: undefined, payloadText }));

    const [arrival] = await receiver.arrived(1, { deadlineMs: 30_000 });
    assert.equal(arrival?.body.toString(), payloadText);
  });

  it('become one event each while the workflow goes on in new runs', async () => {
    const producer = produce({ signalsPerRun: 20 });
    const keys = Array.from({ length: 200 }, (_, at) => `key-${at}`);

    for (let sent = 0; sent < keys.length; sent += 50) {
      await Promise.all(keys.slice(sent, sent + 50).map((key) => producer.signal(event(key))));
      await producer.handled(sent + 50);
    }
    const { accepted } = await producer.handled(keys.length);

    assert.equal(accepted, 200);
    assert.deepEqual((await storedKeys()).toSorted(), keys.toSorted());
    const runs = await producer.runs();
    assert.ok(runs.length >= 4, `${runs.length} runs`);
  });

  it('become one event when they have one key, whatever their bodies', async () => {
    const producer = produce();

    await Promise.all(
      Array.from({ length: 100 }, (_, at) =>
        producer.signal(event('same', { payload: { ...plainPayload(repository), at } })),
      ),
    );

    assert.deepEqual(await producer.handled(100), {
      repository: `${repository.owner}/${repository.name}`,
      accepted: 1,
      repeated: 99,
      rejected: 0,
      waiting: 0,
    });
    assert.deepEqual(await storedKeys(), ['same']);
  });

  it('are rejected one by one, with a reason, when they are wrong, and disturb nothing', async () => {
    const producer = produce();
    const wrong = wrongSignals(event);

    await producer.signal(event('first'));
    for (const { args } of wrong) await producer.signal(...args);
    await producer.handle.signal('evnet', event('misnamed'));
    await producer.signal(event('last'));

    const { accepted, rejected } = await producer.handled(wrong.length + 3);
    assert.deepEqual([accepted, rejected], [2, wrong.length + 1]);
    assert.deepEqual(await storedKeys(), ['first', 'last']);
    const shown = await producer.rejected();
    for (const { key, code, reason } of wrong) {
      const entry = shown.find((one) => one.key === key && one.code === code && reason.test(one.reason));
      assert.ok(entry !== undefined, `${key} ${code} ${reason} is not among ${JSON.stringify(shown)}`);
      assert.ok(Date.parse(entry.when) <= Date.now());
    }
    assert.ok(shown.some(({ reason }) => reason === 'There is no signal "evnet"; events come as event'));
  });

  it('show the last hundred that were wrong, across runs', async () => {
    const producer = produce({ signalsPerRun: 40 });

    for (const wave of [1, 2, 3]) {
      const wrong = Array.from({ length: 40 }, () => event(`wave-${wave}`, { type: 'star.add' }));
      await Promise.all(wrong.map(producer.signal));
      await producer.handled(wave * 40);
    }

    assert.equal((await producer.progress()).rejected, 120);
    assert.deepEqual(
      (await producer.rejected()).map(({ key, type }) => [key, type]),
      Array.from({ length: 100 }, (_, at) => [
        at < 20 ? 'wave-1' : at < 60 ? 'wave-2' : 'wave-3',
        'star.add',
      ]),
    );
  });

  it('are rejected for a repository that there is not', async () => {
    const nowhere = { ...repository, name: 'nowhere' };
    const producer = produce({}, nowhere);

    await producer.signal({ ...event('one'), payload: plainPayload(nowhere) });

    assert.equal((await producer.handled(1)).rejected, 1);
    const [entry] = await producer.rejected();
    assert.deepEqual([entry?.code, entry?.key], ['not_found', 'one']);
    await producer.stop();
  });

  it('wait while the database takes nothing, and are left to the next run', async () => {
    const producer = produce({ signalsPerRun: 2 });

    await whileNothingIsAccepted(async () => {
      await producer.signal(event('one'));
      await eventually('it was tried', async () => {
        const { raw } = await producer.handle.describe();
        return raw.pendingActivities?.some(({ attempt = 0 }) => Number(attempt) > 1) ? true : undefined;
      });
      for (const key of ['two', 'three']) await producer.signal(event(key));
    });

    assert.equal((await producer.handled(3)).accepted, 3);
    assert.deepEqual(await storedKeys(), ['one', 'two', 'three']);
    assert.equal((await producer.runs()).length, 2);
  });

  it('are handed over in parts when more wait than Temporal takes together', async () => {
    const producer = produce();
    const payload = { ...plainPayload(repository), pad: 'x'.repeat(60 * 1024) };
    const keys = Array.from({ length: 48 }, (_, at) => `large-${at}`);

    await whileNothingIsAccepted(async () => {
      await Promise.all(keys.map((key) => producer.signal(event(key, { payload }))));
    });

    assert.equal((await producer.handled(keys.length)).accepted, keys.length);
    assert.deepEqual((await storedKeys()).toSorted(), keys.toSorted());
  });

  it('are accepted before their workflow ends, when it is cancelled', async () => {
    const producer = produce();

    await whileNothingIsAccepted(async () => {
      await producer.signal(event('one'));
      await producer.signal(event('two'));
      await producer.handle.cancel();
    });

    assert.ok((await failureOf(producer.handle.result())) instanceof CancelledFailure);
    assert.deepEqual(await storedKeys(), ['one', 'two']);
  });

  it('start the workflow again after it has ended for lack of signals', async () => {
    const producer = produce({ idleSeconds: 1 });

    await producer.signal(event('one'));
    const first = await producer.handle.result();
    await producer.signal(event('one'));
    const second = await producer.handle.result();

    assert.deepEqual([first.accepted, first.repeated], [1, 0]);
    assert.deepEqual([second.accepted, second.repeated], [0, 1]);
    assert.deepEqual(await storedKeys(), ['one']);
  });

  for (const input of [undefined, null, 'octo/hello', {}, { repository: 'hello' }, { repository: 7 }]) {
    it(`fail their workflow when its input is ${JSON.stringify(input)}`, async () => {
      const handle = await holdfast.temporal.client.workflow.start(receiveEventsWorkflow, {
        workflowId: `producer/${randomUUID()}`,
        taskQueue: holdfast.config.temporal.taskQueue,
        args: [input],
      });

      const failure = await failureOf(handle.result());

      assert.ok(failure instanceof ApplicationFailure);
      assert.equal(failure.type, 'InvalidInput');
      assert.match(failure.message, /repository must be owner\/name, not (null|"hello"|7)$/);
    });
  }

  it('go by an input that says more than it has to', async () => {
    const strange = { v: 7, carried: { signals: 'no' }, signalsPerRun: 'many', idleSeconds: -1 };
    const producer = produce(strange as unknown as ReceiveEventsInput);

    await producer.signal(event('one'));

    assert.equal((await producer.handled(1)).accepted, 1);
  });
});
