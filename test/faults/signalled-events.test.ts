/** Signals while workers are killed: each becomes one event, whichever run takes it and whichever worker dies over it. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { startChild, type Child } from '../deploy/child.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeRepository, plainPayload, type OwnedRepository } from '../support/make.ts';
import { makeProducer } from '../support/signalling.ts';
import { root } from '../support/tool.ts';

const signals = 2000;

/** Events on record when a worker is killed. */
const kills = [400, 1200];

/** Signals sent at once; as many again may wait meanwhile, few enough for runs to follow each other. */
const together = 40;

const workForMs = 240_000;

describe('signalled events while workers are killed', function () {
  this.timeout(400_000);

  const encryptionKeys = `test:${randomBytes(32).toString('base64')}`;
  const taskQueue = `test-${randomUUID()}`;
  let holdfast: TestHoldfast;
  let repository: OwnedRepository;
  let worker: Child;

  const startWorker = (): Child =>
    startChild([process.execPath, '--import', './worker/lean-workflows.ts', 'worker/main.ts'], {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        DATABASE_URL: holdfast.database.url,
        TEMPORAL_ADDRESS: holdfast.config.temporal.address,
        TEMPORAL_TASK_QUEUE: taskQueue,
        HOLDFAST_ENCRYPTION_KEYS: encryptionKeys,
        HOLDFAST_LOG_LEVEL: 'warn',
      },
    });
  const countEvents = async (): Promise<{ readonly events: number; readonly keys: number }> => {
    const { rows } = await holdfast.database.pool.query<{ events: number; keys: number }>(
      `select count(*)::integer as events, count(distinct key)::integer as keys
       from event left join idempotency_key on event_id = event.id`,
    );
    return rows[0] ?? assert.fail('no count');
  };

  const untilOnRecord = (count: number): Promise<true> =>
    eventually(
      `${count} events are on record`,
      async () => ((await countEvents()).events >= count ? true : undefined),
      workForMs,
    );

  before(async () => {
    holdfast = await startHoldfast({
      engine: false,
      env: { HOLDFAST_ENCRYPTION_KEYS: encryptionKeys, TEMPORAL_TASK_QUEUE: taskQueue },
    });
    repository = await makeRepository(holdfast);
    worker = startWorker();
  });
  after(async () => {
    const { client } = holdfast.temporal;
    await makeProducer({ ...repository, client, taskQueue }).stop();
    await worker.stop(60_000);
    await holdfast.stop();
  });

  it(`make ${signals} events of ${signals} signals, and tell of one that was wrong without what it said`, async () => {
    const { client } = holdfast.temporal;
    const producer = makeProducer({ ...repository, client, taskQueue }, { signalsPerRun: 300 });
    const event = (key: string) => ({ key, type: 'star.added', payload: plainPayload(repository) });
    const send = async (): Promise<void> => {
      await producer.signal({ ...event('wrong'), payload: 'canary' });
      for (let sent = 0; sent < signals; sent += together) {
        await untilOnRecord(sent - together);
        const keys = Array.from({ length: together }, (_, at) => `key-${sent + at}`);
        await Promise.all(keys.map((key) => producer.signal(event(key))));
      }
    };

    const sending = send();
    for (const count of kills) {
      await untilOnRecord(count);
      process.kill(worker.pid, 'SIGKILL');
      assert.equal((await worker.ended).signal, 'SIGKILL');
      worker = startWorker();
    }
    await sending;
    const { accepted, repeated, rejected } = await producer.handled(signals + 1, workForMs);

    assert.deepEqual([accepted + repeated, rejected], [signals, 1]);
    assert.deepEqual(await countEvents(), { events: signals, keys: signals });
    const runs = await producer.runs();
    assert.ok(runs.length >= 5, `${runs.length} runs`);
  });

  it('are not told in the log', async () => {
    const producer = makeProducer({ ...repository, client: holdfast.temporal.client, taskQueue });
    await producer.signal({ key: 'hidden-key', type: 'star.added', payloadText: 'hidden-payload' });
    await eventually(
      'it is shown',
      async () =>
        (await producer.rejected().catch(() => [])).some(({ key }) => key === 'hidden-key') || undefined,
      workForMs,
    );

    const { output } = await worker.stop(60_000);

    assert.match(
      output,
      /"repository":"owner-[^"]*\/hello"[^\n]*"code":"invalid_json"[^\n]*signal\.rejected/,
    );
    assert.doesNotMatch(output, /hidden-/);
    worker = startWorker();
  });
});
