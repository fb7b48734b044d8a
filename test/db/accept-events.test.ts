import assert from 'node:assert/strict';
import type { AcceptedEvent } from '#db/queries/accept-events.ts';
import { query, type Executor } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  accept,
  countOf,
  makeHookRow,
  makeRepositoryRow,
  newEvent,
  rowOf,
  type RepositoryRow,
} from './records.ts';

type Accepted = Extract<AcceptedEvent, { kind: 'accepted' }>;

function accepted(outcome: AcceptedEvent | undefined): Accepted {
  if (outcome?.kind !== 'accepted') throw new Error(`Not accepted: ${JSON.stringify(outcome)}`);
  return outcome;
}

describe('accepting events', () => {
  let database: TestDatabase;
  let repository: RepositoryRow;

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());
  beforeEach(async () => {
    repository = await makeRepositoryRow(database.pool, ['adam']);
  });

  const counting = (): { readonly executor: Executor; readonly calls: () => number } => {
    let calls = 0;
    return {
      executor: {
        query: (config) => {
          calls += 1;
          return database.pool.query(config);
        },
      },
      calls: () => calls,
    };
  };

  const hooksOf = ({ deliveries }: Accepted): readonly string[] =>
    deliveries.map(({ webhookId }) => webhookId);

  for (const hooks of [0, 1, 50]) {
    it(`takes one statement for ${hooks} hooks`, async () => {
      const ids: string[] = [];
      for (let index = 0; index < hooks; index += 1) ids.push(await makeHookRow(database.pool, repository));
      const { executor, calls } = counting();

      const [outcome] = await accept(executor, [newEvent(repository)]);

      assert.equal(calls(), 1);
      assert.deepEqual(hooksOf(accepted(outcome)), ids);
    });
  }

  it('takes one statement for a batch of a thousand', async () => {
    await makeHookRow(database.pool, repository);
    const { executor, calls } = counting();

    const outcomes = await accept(
      executor,
      Array.from({ length: 1000 }, () => newEvent(repository)),
    );

    assert.equal(calls(), 1);
    assert.equal(outcomes.filter((outcome) => accepted(outcome).deliveries.length === 1).length, 1000);
  });

  it('answers the outcomes of a batch in the order of its items', async () => {
    const other = await makeRepositoryRow(database.pool);
    const hookId = await makeHookRow(database.pool, repository, { events: ['push'] });
    const key = (text: string) => ({ idempotency: { key: text, requestHash: Buffer.from(text) } });

    const outcomes = await accept(database.pool, [
      newEvent(other),
      newEvent(repository, 'push', key('one')),
      newEvent({ ...repository, name: 'nowhere' }),
      newEvent(repository, 'push', key('one')),
      newEvent(repository, 'commit', key('two')),
      newEvent(repository, 'push'),
    ]);

    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['accepted', 'accepted', 'no_repository', 'repeated', 'accepted', 'accepted'],
    );
    assert.equal(accepted(outcomes[0]).repositoryId, other.id);
    assert.deepEqual(hooksOf(accepted(outcomes[1])), [hookId]);
    assert.deepEqual(accepted(outcomes[4]).deliveries, []);
    const types = await Promise.all(
      [0, 1, 4, 5].map(
        async (index) => (await rowOf(database.pool, 'event', accepted(outcomes[index]).eventId))['type'],
      ),
    );
    assert.deepEqual(types, ['star.added', 'push', 'commit', 'push']);
  });

  const subscriptions = [
    ['its own name', ['issues.opened'], true],
    ['its family', ['issues'], true],
    ['*', ['*'], true],
    ['its family and its own name', ['issues', 'issues.opened'], true],
    ['another event of its family', ['issues.closed'], false],
    ['another family', ['pull_request', 'push'], false],
    ['a name that only begins like it', ['issues.open'], false],
  ] as const;
  for (const [what, events, reached] of subscriptions) {
    it(`makes ${reached ? 'one delivery' : 'no delivery'} of issues.opened for a hook that listens to ${what}`, async () => {
      const hookId = await makeHookRow(database.pool, repository, { events });

      const [outcome] = await accept(database.pool, [newEvent(repository, 'issues.opened')]);

      assert.deepEqual(hooksOf(accepted(outcome)), reached ? [hookId] : []);
    });
  }

  it('gives a family nothing of an event outside it', async () => {
    await makeHookRow(database.pool, repository, { events: ['issues'] });

    const [outcome] = await accept(database.pool, [newEvent(repository, 'issues.edited')]);

    assert.deepEqual(accepted(outcome).deliveries, []);
  });

  it('makes no delivery for a hook that is not active, one that is deleted, and one of another repository', async () => {
    await makeHookRow(database.pool, repository, { active: false });
    await makeHookRow(database.pool, repository, { deleted: true });
    await makeHookRow(database.pool, await makeRepositoryRow(database.pool));

    const [outcome] = await accept(database.pool, [newEvent(repository)]);

    assert.deepEqual(accepted(outcome).deliveries, []);
  });

  it('stores the payload with the text that it came in', async () => {
    const payload = ' {"b": 9007199254740993, "a":1e400, "a": "\\ud800\\u0000" } ';

    const outcomes = await accept(database.pool, [
      newEvent(repository, 'push', { payload }),
      newEvent(repository, 'push', { payload: '[1 ,2]' }),
    ]);

    const texts = await query(database.pool, {
      text: 'select payload::text as payload from event where id = any ($1::uuid[]) order by id',
      values: [outcomes.map((outcome) => accepted(outcome).eventId)],
    });
    assert.deepEqual(texts, [{ payload }, { payload: '[1 ,2]' }]);
  });

  it('makes deliveries that are due now and not started', async () => {
    const hookId = await makeHookRow(database.pool, repository);

    const [outcome] = await accept(database.pool, [newEvent(repository)]);

    const { eventId, deliveries } = accepted(outcome);
    const row = await rowOf(database.pool, 'delivery', deliveries[0]?.id as string);
    assert.deepEqual(
      { ...row, id: '', accepted_at: '', due_at: '' },
      {
        id: '',
        event_id: eventId,
        hook_id: hookId,
        repository_id: repository.id,
        event_type: 'star.added',
        failing_told: false,
        state: 'pending',
        run: 0,
        attempts: 0,
        accepted_at: '',
        first_attempt_at: null,
        group_id: null,
        due_at: '',
        held_at: null,
        settled_at: null,
        slow: false,
        payload: null,
        by_hand: false,
        forced_attempt: null,
        attempts_before: 0,
        reopened_in: null,
        asked_at: null,
        reason: null,
        started_at: null,
        turn_at: null,
        claimed_until: null,
        wake_requested: false,
        deliver_at: null,
        expires_at: null,
        order_key: null,
        order_number: null,
        attempting_until: null,
      },
    );
    assert.deepEqual(row['due_at'], row['accepted_at']);
  });

  describe('with an idempotency key', () => {
    const keyed = (key: string) => ({ idempotency: { key, requestHash: Buffer.from('hash') } });

    it('accepts it once', async () => {
      await makeHookRow(database.pool, repository);
      const event = newEvent(repository, 'push', keyed('once'));

      const [first] = await accept(database.pool, [event]);
      const [second] = await accept(database.pool, [event]);

      assert.equal(first?.kind, 'accepted');
      assert.deepEqual(second, { kind: 'repeated', repositoryId: repository.id });
      assert.equal(await countOf(database.pool, 'delivery', `repository_id = '${repository.id}'`), 1);
    });

    it('accepts one of twenty that come at the same time', async () => {
      await makeHookRow(database.pool, repository);
      const event = newEvent(repository, 'push', keyed('parallel'));

      const outcomes = await Promise.all(Array.from({ length: 20 }, () => accept(database.pool, [event])));

      assert.equal(outcomes.flat().filter(({ kind }) => kind === 'accepted').length, 1);
      assert.equal(outcomes.flat().filter(({ kind }) => kind === 'repeated').length, 19);
      assert.equal(await countOf(database.pool, 'event', `repository_id = '${repository.id}'`), 1);
    });

    it('accepts the same key of another repository', async () => {
      const other = await makeRepositoryRow(database.pool);

      const outcomes = await accept(database.pool, [
        newEvent(repository, 'push', keyed('shared')),
        newEvent(other, 'push', keyed('shared')),
      ]);

      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['accepted', 'accepted'],
      );
    });
  });

  for (const [who, kind] of [
    ['owner', 'accepted'],
    ['admin', 'accepted'],
    ['stranger', 'no_repository'],
  ] as const) {
    it(`from the ${who} of the repository is ${kind}`, async () => {
      const username = { owner: repository.owner, admin: 'adam', stranger: 'eve' }[who];

      const [outcome] = await accept(database.pool, [
        newEvent(repository, 'star.added', { sender: { isPlatform: false, username } }),
      ]);

      assert.equal(outcome?.kind, kind);
    });
  }

  it('accepts nothing of a batch when one payload is not JSON', async () => {
    await assert.rejects(
      accept(database.pool, [newEvent(repository), newEvent(repository, 'push', { payload: '{' })]),
      /json/,
    );

    assert.equal(await countOf(database.pool, 'event', `repository_id = '${repository.id}'`), 0);
  });
});
