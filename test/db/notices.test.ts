import assert from 'node:assert/strict';
import { recordDelivered } from '#db/queries/record-delivered.ts';
import { setNoticeAddress } from '#db/queries/set-notice-address.ts';
import { query } from '#db/query.ts';
import { operationalTypes } from '#domain/operational-events.ts';
import { tellWaitingNotices } from '#intake/tell-notices.ts';
import type { AttemptRecord } from '#db/queries/record-attempt.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  countOf,
  failedAttempt,
  gone,
  lastFailure,
  makeDeliveryRow,
  makeDeliveryRows,
  makeHookRow,
  makeRepositoryRow,
  record,
  rowOf,
  success,
  type DeliveryIds,
  type RepositoryRow,
} from './records.ts';

const half = { halfUsed: true } as const satisfies Partial<AttemptRecord>;

describe('notices', () => {
  let database: TestDatabase;
  let repository: RepositoryRow;
  let hookId: string;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());
  beforeEach(async () => {
    await query(database.pool, { text: 'delete from notice', values: [] });
    repository = await makeRepositoryRow(database.pool);
    hookId = await makeHookRow(database.pool, repository);
  });

  const one = (): Promise<DeliveryIds> => makeDeliveryRow(database.pool, repository, hookId);
  const fail = (ids: DeliveryIds, changes?: Partial<AttemptRecord>) =>
    record(database.pool, failedAttempt(ids, changes));
  const succeed = (...many: readonly DeliveryIds[]) =>
    recordDelivered(
      database.pool,
      many.map((ids) => failedAttempt(ids, success)),
    );
  const change = (table: 'hook' | 'delivery', id: string, assignment: string) =>
    query(database.pool, { text: `update ${table} set ${assignment} where id = $1`, values: [id] });
  const anHourAgo = (column: string) => change('hook', hookId, `${column} = now() - interval '61 minutes'`);
  const waiting = async (): Promise<readonly string[]> => {
    const rows = await query<{ type: string }>(database.pool, {
      text: 'select type from notice order by id',
      values: [],
    });
    return rows.map(({ type }) => type);
  };
  /** What each hook was told, by type. */
  const toldTo = async (id: string): Promise<readonly string[]> => {
    const rows = await query<{ type: string }>(database.pool, {
      text: `select event_type as type from delivery where hook_id = $1 and event_type = any ($2::text[]) order by event_id`,
      values: [id, operationalTypes],
    });
    return rows.map(({ type }) => type);
  };

  describe('are written down with the attempt that brings them about', () => {
    it('once a delivery, when half of its schedule is used up', async () => {
      const ids = await one();

      await fail(ids);
      assert.deepEqual(await waiting(), []);
      await fail(ids, { attempt: 2, ...half });
      await anHourAgo('failing_told_at');
      await fail(ids, { attempt: 3, ...half });

      assert.deepEqual(await waiting(), ['hook.failing']);
    });

    it('for a hook that goes on failing once an hour, however many of its deliveries fail', async () => {
      const many = await makeDeliveryRows(database.pool, repository, hookId, 4);

      await Promise.all(many.slice(0, 3).map((ids) => fail(ids, half)));
      const withinTheHour = await waiting();
      await anHourAgo('failing_told_at');
      await fail(many[3] as DeliveryIds, half);

      assert.deepEqual(withinTheHour, ['hook.failing']);
      assert.deepEqual(await waiting(), ['hook.failing', 'hook.failing']);
    });

    it('when a delivery is exhausted, and when that disables its hook', async () => {
      await fail(await one(), lastFailure);

      assert.deepEqual(await waiting(), ['delivery.exhausted', 'hook.disabled']);
    });

    it('when the receiver is gone, instead of that it fails', async () => {
      await fail(await one(), { ...gone, ...half });

      assert.deepEqual(await waiting(), ['hook.disabled']);
    });

    it('not a second time when the attempt is recorded again', async () => {
      const ids = await one();

      await fail(ids, lastFailure);
      await fail(ids, lastFailure);

      assert.equal((await waiting()).length, 2);
    });

    it('when an attempt by hand is the last one, and not of what a person asked to be sent again', async () => {
      const [waited, again] = (await makeDeliveryRows(database.pool, repository, hookId, 2)) as [
        DeliveryIds,
        DeliveryIds,
      ];
      await change('delivery', again.deliveryId, 'run = 1');

      await fail(waited, { ...lastFailure, byHand: true, counts: false });
      await fail(again, { ...lastFailure, run: 1, counts: false });

      assert.deepEqual(await waiting(), ['delivery.exhausted']);
    });

    it('never for the delivery of a notice', async () => {
      const ids = await one();
      await change('delivery', ids.deliveryId, "event_type = 'hook.disabled'");

      await fail(ids, { eventType: 'hook.disabled', ...half });
      await fail(ids, { eventType: 'hook.disabled', attempt: 2, ...lastFailure });

      assert.deepEqual(await waiting(), []);
      assert.equal((await rowOf(database.pool, 'hook', hookId))['active'], false);
    });
  });

  describe('of a recovery', () => {
    it('come with the first success after trouble was told, and once', async () => {
      const many = await makeDeliveryRows(database.pool, repository, hookId, 4);
      const [first, second, third, fourth] = many as [DeliveryIds, DeliveryIds, DeliveryIds, DeliveryIds];

      await succeed(first);
      const whenHealthy = await waiting();
      await fail(second, half);
      await succeed(third, fourth);
      await succeed(await one());

      assert.deepEqual(whenHealthy, []);
      assert.deepEqual(await waiting(), ['hook.failing', 'hook.recovered']);
    });

    it('do not come while the hook is disabled, nor for the delivery of a notice', async () => {
      const many = await makeDeliveryRows(database.pool, repository, hookId, 3);
      const [first, second, third] = many as [DeliveryIds, DeliveryIds, DeliveryIds];
      await fail(first, gone);

      await succeed(second);
      await change('hook', hookId, 'active = true');
      await recordDelivered(database.pool, [failedAttempt(third, { ...success, eventType: 'hook.failing' })]);

      assert.deepEqual(await waiting(), ['hook.disabled']);
    });
  });

  describe('are told', () => {
    it('once, to hooks that name them, and not to those of everything nor to the hook they are about', async () => {
      const operational = await makeHookRow(database.pool, repository, {
        events: ['*', 'hook.disabled', 'delivery.exhausted'],
      });
      await change('hook', hookId, "events = array['*', 'hook.disabled']");
      const everything = await makeHookRow(database.pool, repository);
      await fail(await one(), lastFailure);

      await Promise.all([tellWaitingNotices(database.pool), tellWaitingNotices(database.pool)]);
      await tellWaitingNotices(database.pool);

      assert.deepEqual(await waiting(), []);
      assert.deepEqual(await toldTo(operational), ['delivery.exhausted', 'hook.disabled']);
      assert.deepEqual([...(await toldTo(hookId)), ...(await toldTo(everything))], []);
      assert.equal(await countOf(database.pool, 'event', `type = 'hook.disabled'`), 1);
    });

    it('by mail of exhausted deliveries once an hour, and the hook for it is never disabled', async () => {
      await setNoticeAddress(database.pool, repository.owner, repository.name, 'ops@example.com');
      const [mailHook] = await query<{ id: string }>(database.pool, {
        text: 'select id from hook where repository_id = $1 and internal',
        values: [repository.id],
      });
      const mailHookId = (mailHook as { id: string }).id;
      await succeed(await one());
      await change('hook', hookId, `last_success_at = now() - interval '1 hour'`);
      const many = await makeDeliveryRows(database.pool, repository, hookId, 2);

      for (const ids of many) await fail(ids, lastFailure);
      await tellWaitingNotices(database.pool);
      const [mail] = await query<{ deliveryId: string; eventId: string }>(database.pool, {
        text: 'select id as "deliveryId", event_id as "eventId" from delivery where hook_id = $1',
        values: [mailHookId],
      });
      await fail(
        { ...(mail as DeliveryIds), hookId: mailHookId },
        { ...lastFailure, eventType: 'delivery.exhausted' },
      );

      assert.deepEqual(await toldTo(mailHookId), ['delivery.exhausted', 'hook.disabled']);
      assert.equal((await rowOf(database.pool, 'hook', mailHookId))['active'], true);
    });

    it('to nobody when the repository is gone', async () => {
      await fail(await one(), lastFailure);
      await query(database.pool, { text: 'delete from repository where id = $1', values: [repository.id] });

      await tellWaitingNotices(database.pool);

      assert.deepEqual(await waiting(), []);
    });
  });
});
