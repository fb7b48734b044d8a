import assert from 'node:assert/strict';
import { createBatcher, type RunBatch } from '#db/batcher.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Batches that end when a test says so. */
function makeSteppedRun() {
  const begun: { readonly items: readonly number[]; readonly end: (error?: Error) => void }[] = [];
  let underWay = 0;
  let most = 0;
  const run: RunBatch<number, string> = async (items) => {
    underWay += 1;
    most = Math.max(most, underWay);
    const ended = Promise.withResolvers<void>();
    begun.push({
      items,
      end: (error) => (error === undefined ? ended.resolve() : ended.reject(error)),
    });
    try {
      await ended.promise;
    } finally {
      underWay -= 1;
    }
    return items.map((item) => `answer ${item}`);
  };
  return { run, begun, most: () => most, sizes: () => begun.map(({ items }) => items.length) };
}

/** Lets everything go on that waits for nothing but its turn. */
const turns = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const range = (count: number, from = 0): readonly number[] =>
  Array.from({ length: count }, (_, index) => from + index);

describe('a batcher', () => {
  it('begins at once for an item that comes alone', async () => {
    const { run, begun } = makeSteppedRun();
    const answerOf = createBatcher(run, { most: 10, concurrency: 1 });

    const answer = answerOf(1);
    await turns();
    begun[0]?.end();

    assert.equal(await answer, 'answer 1');
    assert.deepEqual(begun[0]?.items, [1]);
  });

  it('answers those that come in the same turn from one batch, each with its own', async () => {
    const { run, begun } = makeSteppedRun();
    const answerOf = createBatcher(run, { most: 10, concurrency: 2 });

    const answers = Promise.all(range(3).map(answerOf));
    await turns();
    begun[0]?.end();

    assert.deepEqual(await answers, ['answer 0', 'answer 1', 'answer 2']);
    assert.equal(begun.length, 1);
  });

  it('gathers what comes while batches are under way', async () => {
    const { run, begun, sizes } = makeSteppedRun();
    const answerOf = createBatcher(run, { most: 10, concurrency: 2 });

    const answers: Promise<string>[] = [];
    for (const item of range(6)) {
      answers.push(answerOf(item));
      await turns();
    }
    assert.deepEqual(sizes(), [1, 1]);
    begun[1]?.end();
    await turns();

    assert.deepEqual(begun[2]?.items, [2, 3, 4, 5]);
    begun[0]?.end();
    begun[2]?.end();
    assert.deepEqual(
      await Promise.all(answers),
      range(6).map((item) => `answer ${item}`),
    );
  });

  it('never holds more items in a batch, nor more batches under way, than it may', async () => {
    const { run, begun, sizes, most } = makeSteppedRun();
    const answerOf = createBatcher(run, { most: 4, concurrency: 2 });

    const answers = Promise.all(range(18).map(answerOf));
    for (let index = 0; index < 5; index += 1) {
      await turns();
      begun[index]?.end();
    }

    assert.equal((await answers).length, 18);
    assert.deepEqual(sizes(), [4, 4, 4, 4, 2]);
    assert.equal(most(), 2);
  });

  it('fails every item of a batch, and none twice, when the fault is not in them', async () => {
    const { run, begun } = makeSteppedRun();
    const answerOf = createBatcher(run, { most: 10, concurrency: 1 });
    const away = Object.assign(new Error('The database is away'), { code: '57P01' });

    const answers = Promise.allSettled(range(3).map(answerOf));
    await turns();
    begun[0]?.end(away);

    assert.deepEqual(
      await answers,
      range(3).map(() => ({ status: 'rejected', reason: away })),
    );
    assert.equal(begun.length, 1);
  });

  it('goes on after a batch that failed', async () => {
    const { run, begun } = makeSteppedRun();
    const answerOf = createBatcher(run, { most: 1, concurrency: 1 });

    const answers = Promise.allSettled(range(2).map(answerOf));
    await turns();
    begun[0]?.end(new Error('once'));
    await turns();
    begun[1]?.end();

    assert.deepEqual(
      (await answers).map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
  });

  describe('of statements', () => {
    let database: TestDatabase;

    before(async function () {
      this.timeout(60_000);
      database = await createTestDatabase();
    });
    after(() => database.drop());

    const statements = {
      'a text with a byte that PostgreSQL cannot hold': {
        text: `select item || '!' as answer from unnest($1::text[]) with ordinality as given (item, place) order by place`,
        bad: 'no\u0000',
        code: '22021',
      },
      'a number out of range': {
        text: `select (item::integer)::text || '!' as answer
          from unnest($1::text[]) with ordinality as given (item, place) order by place`,
        bad: '99999999999',
        code: '22003',
      },
    } as const;

    for (const [what, { text, bad, code }] of Object.entries(statements)) {
      it(`fails only the item with ${what}`, async () => {
        let runs = 0;
        const answerOf = createBatcher(
          async (items: readonly string[]) => {
            runs += 1;
            const rows = await query<{ answer: string }>(database.pool, { text, values: [items] });
            return rows.map(({ answer }) => answer);
          },
          { most: 10, concurrency: 1 },
        );

        const answers = await Promise.allSettled(['1', '2', bad, '3'].map(answerOf));

        assert.deepEqual(
          answers.map((answer) =>
            answer.status === 'fulfilled' ? answer.value : (answer.reason as { code: string }).code,
          ),
          ['1!', '2!', code, '3!'],
        );
        assert.equal(runs, 5);
      });
    }
  });
});
