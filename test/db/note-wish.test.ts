import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { auditOf, postponeDelivery } from '#db/queries/control-delivery.ts';
import { noteDue, noteRetry, reopenDelivery } from '#db/queries/note-wish.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  failedAttempt,
  lastFailure,
  makeDeliveryRow,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  take,
  type DeliveryIds,
} from './records.ts';

const asker = { username: 'olive', requestId: 'a request', ageMs: 0 };
const later = () => new Date(Date.now() + 3_600_000);

describe("what is asked by Temporal's own means", () => {
  let database: TestDatabase;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());

  const attempted = async (changes: object = {}): Promise<DeliveryIds> => {
    const { pool } = database;
    const repository = await makeRepositoryRow(pool);
    const delivery = await makeDeliveryRow(pool, repository, await makeHookRow(pool, repository));
    await take(pool);
    await record(pool, failedAttempt(delivery, changes));
    return delivery;
  };
  const row = ({ deliveryId }: DeliveryIds) => rowOf(database.pool, 'delivery', deliveryId);
  const audit = async ({ deliveryId }: DeliveryIds) =>
    (await auditOf(database.pool, deliveryId)).map(({ username, action, requestId }) => [
      username,
      action,
      requestId.replace(deliveryId, '<id>'),
    ]);

  it('moves the next attempt, and is in the audit once under the name of its workflow', async () => {
    const delivery = await attempted();
    const until = later();

    await noteDue(database.pool, delivery.deliveryId, 0, until);
    await noteDue(database.pool, delivery.deliveryId, 0, until);

    assert.deepEqual((await row(delivery))['due_at'], until);
    assert.deepEqual(await audit(delivery), [['temporal', 'postpone', 'delivery/<id>']]);
  });

  it('never takes back what a route moved again since', async () => {
    const delivery = await attempted();
    const [first, second] = [later(), new Date(Date.now() + 7_200_000)];
    for (const until of [first, second])
      await postponeDelivery(database.pool, delivery.deliveryId, until, asker);

    for (const until of [first, second]) await noteDue(database.pool, delivery.deliveryId, 0, until);

    assert.deepEqual((await row(delivery))['due_at'], second);
    assert.deepEqual(
      (await audit(delivery)).map(([username]) => username),
      ['olive', 'olive'],
    );
  });

  it('makes an attempt one that was asked for, once', async () => {
    const delivery = await attempted();

    const noted = await noteRetry(database.pool, delivery.deliveryId, 0, 2);
    const ofAnother = await noteRetry(database.pool, delivery.deliveryId, 0, 3);

    assert.deepEqual([noted, ofAnother], [true, false]);
    assert.equal((await row(delivery))['forced_attempt'], 2);
    assert.deepEqual(await audit(delivery), [['temporal', 'retry', 'delivery/<id>']]);
  });

  it('opens an exhausted delivery again, once for each run that a reset has made', async () => {
    const delivery = await attempted(lastFailure);
    const reopen = (resetRunId: string) => reopenDelivery(database.pool, delivery.deliveryId, 0, resetRunId);
    const [one, other] = [randomUUID(), randomUUID()];

    const first = await reopen(one);
    const opened = await row(delivery);
    await record(database.pool, failedAttempt(delivery, { attempt: 2, ...lastFailure }));
    const repeated = await reopen(one);
    const second = await reopen(other);

    assert.deepEqual([first, repeated, second], [true, false, true]);
    assert.deepEqual(
      [opened['state'], opened['settled_at'], opened['attempts_before'], opened['forced_attempt']],
      ['waiting', null, 1, 2],
    );
    assert.equal((await row(delivery))['attempts_before'], 2);
    assert.deepEqual(
      (await audit(delivery)).map(([, action]) => action),
      ['reset', 'reset'],
    );
  });

  it('opens nothing that has not ended, ended otherwise, or whose hook is gone', async () => {
    const delivered = { outcome: 'delivered', nextState: 'delivered', waitMs: null };
    const [waits, done, gone] = [await attempted(), await attempted(delivered), await attempted(lastFailure)];
    await database.pool.query('update hook set deleted_at = now() where id = $1', [gone.hookId]);

    const opened = [waits, done, gone].map(({ deliveryId }) =>
      reopenDelivery(database.pool, deliveryId, 0, randomUUID()),
    );

    assert.deepEqual(await Promise.all(opened), [false, false, false]);
  });
});
