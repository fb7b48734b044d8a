import assert from 'node:assert/strict';
import { slowReplyMs } from '#db/queries/mark-slow.ts';
import { holdDeliveriesOfHook } from '#db/queries/switch-hook.ts';
import { query } from '#db/query.ts';
import { groupLimits } from '#domain/limits.ts';
import { defaultSchedule } from '#domain/schedule.ts';
import { holdDays, makeDeliveryRows, rowOf, take, type DeliveryIds } from '../db/records.ts';
import { eventually } from '../support/eventually.ts';
import { owe, setGroupScene, type GroupScene, type SceneHook } from './group-scene.ts';

const idsOf = (many: readonly DeliveryIds[]): readonly string[] => many.map(({ deliveryId }) => deliveryId);
const sorted = (ids: readonly string[]): readonly string[] => ids.toSorted((a, b) => a.localeCompare(b));

describe('the attempts of a group', function () {
  this.timeout(60_000);

  let scene: GroupScene;

  beforeEach(async () => {
    scene = await setGroupScene();
  });
  afterEach(() => scene.clear());

  const change = (table: 'hook' | 'delivery', id: string, assignment: string): Promise<unknown> =>
    query(scene.pool, { text: `update ${table} set ${assignment} where id = $1`, values: [id] });
  /** What waits to be started, of quick receivers or of slow ones. */
  const waiting = async (slow = false): Promise<readonly string[]> =>
    (await take(scene.pool, { slow })).map(({ id }) => id);

  describe('to receivers that accept', () => {
    it('deliver everything once and leave nothing', async () => {
      const hooks = await Promise.all([scene.hook(), scene.hook(), scene.hook()]);
      const made = await Promise.all(hooks.map((hook) => scene.deliveries(hook, 40)));

      const report = await scene.attempt(await scene.group());

      assert.deepEqual({ ...report }, { carried: 120, delivered: 120, left: 0, givenBack: 0 });
      for (const [index, hook] of hooks.entries()) {
        const own = made[index] as readonly DeliveryIds[];
        assert.deepEqual(sorted(hook.arrivedIds()), idsOf(own));
        assert.deepEqual(new Set(await scene.statesOf(own)), new Set(['delivered']));
        assert.ok((await scene.attemptsOf(hook)).every(({ interrupted }) => !interrupted));
      }
      assert.deepEqual(scene.leavings, []);
    });

    it('tell that they hold up nobody any more', async () => {
      await scene.deliveries(await scene.hook(), 1);
      const group = await scene.group();

      await scene.attempt(group);

      assert.ok(scene.idles.includes(group));
    });

    it('are none of those that have ended or belong to another group', async () => {
      const hook = await scene.hook();
      const others = await scene.deliveries(hook, 2);
      await scene.group();
      const [cancelled, own] = (await scene.deliveries(hook, 2)) as [DeliveryIds, DeliveryIds];
      const group = await scene.group();
      await change(
        'delivery',
        cancelled.deliveryId,
        `state = 'cancelled', settled_at = now(), due_at = null`,
      );

      const report = await scene.attempt(group);

      assert.deepEqual({ ...report }, { carried: 1, delivered: 1, left: 0, givenBack: 0 });
      assert.deepEqual(hook.arrivedIds(), [own.deliveryId]);
      assert.deepEqual(await scene.statesOf(others), ['pending', 'pending']);
    });

    it('are nothing for a group that nobody knows', async () => {
      const report = await scene.attempt('00000000-0000-4000-8000-000000000000');

      assert.deepEqual({ ...report }, { carried: 0, delivered: 0, left: 0, givenBack: 0 });
    });
  });

  describe('to receivers that fail', () => {
    const cases = {
      'waits when there is a schedule': [
        503,
        undefined,
        'waiting',
        { verdict: 'retry', outcome: 'http_5xx' },
      ],
      'is exhausted when there is none': [500, [], 'exhausted', { verdict: 'retry', outcome: 'http_5xx' }],
      'is rejected when the receiver is gone': [
        410,
        [60],
        'rejected',
        { verdict: 'gone', outcome: 'http_4xx' },
      ],
    } as const;

    for (const [what, [status, schedule, state, judged]] of Object.entries(cases)) {
      it(`leave with their report, and the delivery ${what}`, async () => {
        const hook = await scene.hook(schedule === undefined ? {} : { schedule });
        hook.receiver.answer(status);
        const [delivery] = (await scene.deliveries(hook, 1)) as [DeliveryIds];

        const report = await scene.attempt(await scene.group());

        assert.deepEqual({ ...report }, { carried: 1, delivered: 0, left: 1, givenBack: 0 });
        assert.deepEqual(scene.leavings, [
          {
            id: delivery.deliveryId,
            report: {
              kind: 'attempted',
              attempt: 1,
              ...judged,
              status,
              schedule: schedule ?? defaultSchedule,
              retryAfterMs: null,
              dueInMs: state === 'waiting' ? 60_000 : null,
              held: false,
            },
          },
        ]);
        assert.equal((await scene.delivery(delivery))['state'], state);
        assert.equal((await scene.attemptsOf(hook)).length, 1);
      });
    }

    it('leave beside those that are delivered', async () => {
      const [fine, broken] = await Promise.all([scene.hook(), scene.hook()]);
      broken.receiver.answer(500);
      await scene.deliveries(fine, 30);
      const failing = await scene.deliveries(broken, 30);

      const report = await scene.attempt(await scene.group());

      assert.deepEqual({ ...report }, { carried: 60, delivered: 30, left: 30, givenBack: 0 });
      assert.deepEqual(sorted(scene.leavings.map(({ id }) => id)), idsOf(failing));
    });

    it('say that what follows is held when the hook was turned off meanwhile', async () => {
      const hook = await scene.hook();
      const { give } = owe(hook.receiver, 503);
      const [delivery] = (await scene.deliveries(hook, 1)) as [DeliveryIds];
      const attempting = scene.attempt(await scene.group());
      await hook.receiver.arrived(1);

      await change('hook', hook.id, 'active = false');
      give();
      await attempting;

      assert.deepEqual(
        scene.leavings.map(({ id, report }) => [id, report?.held]),
        [[delivery.deliveryId, true]],
      );
    });

    it('stop no other when a fault of ours keeps them from being sent, and leave as begun', async () => {
      const [fine, odd] = await Promise.all([scene.hook(), scene.hook()]);
      await change('hook', odd.id, `headers = '\\x00'`);
      const [unreadable] = (await scene.deliveries(odd, 1)) as [DeliveryIds];
      await scene.deliveries(fine, 30);

      const report = await scene.attempt(await scene.group());

      assert.deepEqual({ ...report }, { carried: 31, delivered: 30, left: 1, givenBack: 0 });
      assert.deepEqual(
        scene.leavings.map(({ id, report: attempted }) => [id, attempted]),
        [[unreadable.deliveryId, undefined]],
      );
      assert.ok((await scene.delivery(unreadable))['first_attempt_at'] instanceof Date);
    });

    it('throw when one cannot leave, and leave at the next call without being sent again', async () => {
      const hook = await scene.hook({ schedule: [3600] });
      hook.receiver.answer(503);
      const [delivery] = (await scene.deliveries(hook, 1)) as [DeliveryIds];
      const group = await scene.group();
      const away = new Error('Temporal is away');

      await assert.rejects(scene.attempt(group, {}, { leave: () => Promise.reject(away) }), away);
      const report = await scene.attempt(group, { interrupted: true });

      assert.deepEqual({ ...report }, { carried: 1, delivered: 0, left: 1, givenBack: 0 });
      assert.equal(hook.receiver.arrivals.length, 1);
      const [left] = scene.leavings;
      assert.equal(left?.id, delivery.deliveryId);
      assert.equal(left?.report?.attempt, 1);
      assert.ok((left?.report?.dueInMs ?? 0) > 3_200_000);
    });

    it('leave at the next call also when they have failed for good', async () => {
      const hook = await scene.hook();
      hook.receiver.answer(410);
      const [delivery] = (await scene.deliveries(hook, 1)) as [DeliveryIds];
      const group = await scene.group();
      const away = new Error('Temporal is away');

      await assert.rejects(scene.attempt(group, {}, { leave: () => Promise.reject(away) }), away);
      await scene.attempt(group, { interrupted: true });

      assert.deepEqual(scene.leavings, [{ id: delivery.deliveryId, report: undefined }]);
      assert.equal(hook.receiver.arrivals.length, 1);
    });
  });

  describe('that are not to be made', () => {
    it('are given back, held, while the hook is paused', async () => {
      const [paused, active] = await Promise.all([scene.hook(), scene.hook()]);
      const held = await scene.deliveries(paused, 3);
      await scene.deliveries(active, 3);
      const group = await scene.group();
      await change('hook', paused.id, 'active = false');
      await holdDeliveriesOfHook(scene.pool, paused.id, holdDays);

      const report = await scene.attempt(group);

      assert.deepEqual({ ...report }, { carried: 6, delivered: 3, left: 0, givenBack: 3 });
      assert.equal(paused.receiver.arrivals.length, 0);
      for (const ids of held) {
        const row = await scene.delivery(ids);
        assert.deepEqual([row['state'], row['started_at'], row['group_id']], ['held', null, null]);
      }
    });

    it('are held also when their hook was turned off before it was told of them', async () => {
      const hook = await scene.hook();
      const [delivery] = (await scene.deliveries(hook, 1)) as [DeliveryIds];
      const group = await scene.group();
      await change('hook', hook.id, 'active = false');

      const report = await scene.attempt(group);

      assert.equal(report.givenBack, 1);
      assert.equal(hook.receiver.arrivals.length, 0);
      const row = await scene.delivery(delivery);
      assert.deepEqual([row['state'], row['group_id'], row['slow']], ['held', null, false]);
    });

    it('are cancelled when the hook is deleted', async () => {
      const hook = await scene.hook();
      const made = await scene.deliveries(hook, 2);
      const group = await scene.group();
      await change('hook', hook.id, 'deleted_at = now()');

      const report = await scene.attempt(group);

      assert.deepEqual({ ...report }, { carried: 2, delivered: 0, left: 0, givenBack: 0 });
      assert.equal(hook.receiver.arrivals.length, 0);
      assert.deepEqual(await scene.statesOf(made), ['cancelled', 'cancelled']);
    });

    it('are not sent when they are cancelled while they wait for their turn', async () => {
      const hook = await scene.hook();
      const { give } = owe(hook.receiver);
      const made = await scene.deliveries(hook, groupLimits.concurrencyOfHook + 1);
      const attempting = scene.attempt(await scene.group());
      await hook.receiver.arrived(groupLimits.concurrencyOfHook);

      const last = made.at(-1) as DeliveryIds;
      await change('delivery', last.deliveryId, `state = 'cancelled', settled_at = now(), due_at = null`);
      give();
      const report = await attempting;

      assert.deepEqual([report.delivered, report.givenBack], [groupLimits.concurrencyOfHook, 0]);
      assert.ok(!hook.arrivedIds().includes(last.deliveryId));
      assert.equal((await scene.delivery(last))['state'], 'cancelled');
    });
  });

  describe('asked for again', () => {
    it('are made where none is on record, and marked as interrupted', async () => {
      const [quick, hanging] = await Promise.all([scene.hook(), scene.hook()]);
      const { give } = owe(hanging.receiver);
      const recorded = await scene.deliveries(quick, 5);
      const lost = await scene.deliveries(hanging, 5);
      const group = await scene.group();
      const dying = new AbortController();
      const first = scene.attempt(group, { signal: dying.signal });
      await Promise.all([
        hanging.receiver.arrived(5),
        scene.until('are delivered', quick, `state = 'delivered'`, 5),
      ]);
      dying.abort(new Error('The worker died'));
      await assert.rejects(first, /The worker died/);

      give();
      const report = await scene.attempt(group, { interrupted: true });

      assert.deepEqual({ ...report }, { carried: 5, delivered: 5, left: 0, givenBack: 0 });
      assert.deepEqual(sorted(quick.arrivedIds()), idsOf(recorded));
      assert.deepEqual(sorted(hanging.arrivedIds()), sorted([...idsOf(lost), ...idsOf(lost)]));
      const interruptionsOf = async (hook: SceneHook): Promise<readonly boolean[]> =>
        (await scene.attemptsOf(hook)).map(({ interrupted }) => interrupted);
      assert.deepEqual(await interruptionsOf(quick), Array<boolean>(5).fill(false));
      assert.deepEqual(await interruptionsOf(hanging), Array<boolean>(5).fill(true));
    });

    it('are marked as interrupted also when they were given back in between', async () => {
      const hook = await scene.hook();
      const { give } = owe(hook.receiver);
      await scene.deliveries(hook, 2);
      const group = await scene.group();
      const dying = new AbortController();
      const first = scene.attempt(group, { signal: dying.signal });
      await hook.receiver.arrived(2);
      dying.abort(new Error('The worker died'));
      await assert.rejects(first, /The worker died/);

      const drained = await scene.attempt(group, { interrupted: true, draining: AbortSignal.abort() });
      give();
      const report = await scene.attempt(await scene.group());

      assert.deepEqual([drained.givenBack, report.delivered], [2, 2]);
      assert.deepEqual(
        (await scene.attemptsOf(hook)).map(({ interrupted }) => interrupted),
        [true, true],
      );
    });
  });

  describe('beside receivers that hang', () => {
    const bound = groupLimits.concurrencyOfHook;

    it('are made, and what waits for those is turned away to wait beside its like', async () => {
      const [hanging, fine] = await Promise.all([scene.hook(), scene.hook()]);
      const { give } = owe(hanging.receiver);
      const stuck = await scene.deliveries(hanging, bound + 10);
      await scene.deliveries(fine, 100);
      const group = await scene.group();
      const attempting = scene.attempt(group);

      await Promise.all([
        scene.until('are delivered', fine, `state = 'delivered'`, 100),
        scene.until('are turned away', hanging, 'slow and started_at is null and group_id is null', 10),
      ]);
      await eventually('the group holds up nobody', () =>
        Promise.resolve(scene.idles.includes(group) || undefined),
      );

      assert.equal(hanging.receiver.arrivals.length, bound);
      assert.equal((await rowOf(scene.pool, 'hook', hanging.id))['reply_ms'], slowReplyMs);
      assert.equal((await rowOf(scene.pool, 'hook', fine.id))['reply_ms'] === slowReplyMs, false);
      assert.deepEqual(await waiting(), []);
      assert.deepEqual(await waiting(true), idsOf(stuck).slice(bound));
      give();
      const report = await attempting;
      assert.deepEqual(
        { ...report },
        { carried: bound + 110, delivered: bound + 100, left: 0, givenBack: 10 },
      );
    });

    it('are made although those that hang take as many requests as a group may have under way', async () => {
      const hanging = await Promise.all([scene.hook(), scene.hook(), scene.hook()]);
      const owed = hanging.map(({ receiver }) => owe(receiver));
      for (const hook of hanging) await scene.deliveries(hook, bound);
      const fine = await scene.hook();
      await scene.deliveries(fine, 20);
      const attempting = scene.attempt(await scene.group());

      await scene.until('are delivered', fine, `state = 'delivered'`, 20);

      owed.forEach(({ give }) => give());
      const report = await attempting;
      assert.equal(report.delivered + report.givenBack, 3 * bound + 20);
    });

    it('are not turned away from a group of slow receivers', async () => {
      const hook = await scene.hook();
      const { give } = owe(hook.receiver);
      await scene.deliveries(hook, bound + 5);
      const attempting = scene.attempt(await scene.group(), {}, { slow: true });

      await eventually('the receiver is slow', () =>
        Promise.resolve(scene.pace.isSlow(hook.id) || undefined),
      );
      await scene.looks(2);
      give();
      const report = await attempting;

      assert.deepEqual({ ...report }, { carried: bound + 5, delivered: bound + 5, left: 0, givenBack: 0 });
    });
  });

  it('that have not begun are given back when the worker is about to stop', async () => {
    const bound = groupLimits.concurrencyOfHook;
    const hook = await scene.hook();
    const { give } = owe(hook.receiver);
    const made = await scene.deliveries(hook, bound + 10);
    const draining = new AbortController();
    const attempting = scene.attempt(await scene.group(), { draining: draining.signal });
    await hook.receiver.arrived(bound);

    draining.abort();
    give();
    const report = await attempting;

    assert.deepEqual({ ...report }, { carried: bound + 10, delivered: bound, left: 0, givenBack: 10 });
    assert.equal(hook.receiver.arrivals.length, bound);
    assert.deepEqual(await waiting(), idsOf(made).slice(bound));
  });

  describe('are never more at once', () => {
    it('than one hook may have', async () => {
      const hook = await scene.hook();
      const { give, most } = owe(hook.receiver);
      await scene.deliveries(hook, 2 * groupLimits.concurrencyOfHook + 10);
      const attempting = scene.attempt(await scene.group());
      await hook.receiver.arrived(groupLimits.concurrencyOfHook);
      await scene.looks(2);

      give();
      await attempting;

      assert.equal(most(), groupLimits.concurrencyOfHook);
      assert.equal(hook.receiver.arrivals.length, 2 * groupLimits.concurrencyOfHook + 10);
    });

    it('than a group may have', async () => {
      const hooks = await Promise.all(Array.from({ length: 5 }, () => scene.hook()));
      const owed = hooks.map(({ receiver }) => owe(receiver));
      for (const { id, repository } of hooks) await makeDeliveryRows(scene.pool, repository, id, 30);
      const attempting = scene.attempt(await scene.group());
      const arrivals = (): number => hooks.reduce((sum, { receiver }) => sum + receiver.arrivals.length, 0);
      await eventually('as many as may have arrived', () =>
        Promise.resolve(arrivals() >= groupLimits.concurrency || undefined),
      );
      await scene.looks(2);

      assert.equal(arrivals(), groupLimits.concurrency);
      owed.forEach(({ give }) => give());
      assert.equal((await attempting).delivered, 150);
    });
  });
});
