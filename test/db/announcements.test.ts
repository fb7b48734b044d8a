import assert from 'node:assert/strict';
import { createAnnouncer, listenForWaiting, type Listening } from '#db/announcements.ts';
import { query } from '#db/query.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

/** For what must not happen. */
const unexpected = (error: unknown): never => {
  throw error;
};

describe('announcements', () => {
  let database: TestDatabase;
  let listenings: Listening[];

  before(async function () {
    this.timeout(60_000);
    database = await createTestDatabase();
  });
  after(() => database.drop());
  beforeEach(() => {
    listenings = [];
  });
  afterEach(() => Promise.all(listenings.map((listening) => listening.stop())));

  /** Listens and counts what it is told. It is told once when it begins to listen. */
  const listen = async (url = database.url) => {
    let told = 0;
    const errors: unknown[] = [];
    const listening = listenForWaiting(
      url,
      () => {
        told += 1;
      },
      (error) => errors.push(error),
    );
    listenings.push(listening);
    const until = (count: number): Promise<true> =>
      eventually(`it is told ${count} times`, () => Promise.resolve(told >= count || undefined));
    return { listening, told: () => told, errors, until };
  };
  /** Connections that listen now. */
  const listeners = async (): Promise<readonly number[]> => {
    const rows = await query<{ pid: number }>(database.pool, {
      text: `select pid from pg_stat_activity
        where datname = current_database() and application_name = 'holdfast listener' and query like 'listen%'`,
      values: [],
    });
    return rows.map(({ pid }) => pid);
  };
  /** Announces by hand, so that a listener has heard all that was announced before. */
  const notify = () => query(database.pool, { text: `select pg_notify('holdfast_waiting', '')`, values: [] });

  it('come from one process to every other that listens', async () => {
    const [first, second] = await Promise.all([listen(), listen()]);
    await Promise.all([first.until(1), second.until(1)]);

    createAnnouncer(database.pool, unexpected)();

    await Promise.all([first.until(2), second.until(2)]);
    assert.deepEqual([first.errors, second.errors], [[], []]);
  });

  it('tell who begins to listen to look, whatever was announced before', async () => {
    const { until } = await listen();

    await until(1);
  });

  it('become one when many come together, and one again later', async () => {
    const { until, told } = await listen();
    await until(1);
    const announce = createAnnouncer(database.pool, unexpected);

    for (let count = 0; count < 1000; count += 1) announce();
    await until(2);
    await notify();
    await until(3);
    assert.equal(told(), 3);

    announce();
    await until(4);
  });

  it('carry nothing', async () => {
    const client = await database.pool.connect();
    try {
      const heard = new Promise((resolve) => client.once('notification', resolve));
      await client.query('listen holdfast_waiting');
      createAnnouncer(database.pool, unexpected)();

      assert.equal(((await heard) as { payload?: string }).payload, '');
    } finally {
      client.release(true);
    }
  });

  it('are heard again after the connection was lost, and what was missed is looked for', async () => {
    const { until, told, errors } = await listen();
    await until(1);
    const [pid] = await listeners();

    await query(database.pool, { text: 'select pg_terminate_backend($1)', values: [pid] });
    await eventually('the loss is noticed', () => Promise.resolve(errors.length > 0 || undefined));
    await until(2);

    const before = told();
    createAnnouncer(database.pool, unexpected)();
    await until(before + 1);
    assert.equal((await listeners()).length, 1);
  });

  it('are listened for until the database is there', async () => {
    const url = new URL(database.url);
    url.pathname = '/nowhere';
    const { errors, told } = await listen(url.href);

    await eventually('it has tried again', () => Promise.resolve(errors.length >= 2 || undefined));

    assert.equal(told(), 0);
    assert.ok(errors.every((error) => !String(error).includes(url.password)));
  });

  it('are heard no more after the end, and nothing stays open', async () => {
    const { listening, until, told, errors } = await listen();
    await until(1);

    await listening.stop();

    await eventually('nobody listens', async () => ((await listeners()).length === 0 ? true : undefined));
    await notify();
    assert.equal(told(), 1);
    assert.deepEqual(errors, []);
  });

  it('end also before they have begun', async () => {
    const { listening } = await listen();

    await listening.stop();

    await eventually('nobody listens', async () => ((await listeners()).length === 0 ? true : undefined));
  });

  it('that cannot be made are told, and never thrown', async () => {
    const { pool } = database;
    const errors: unknown[] = [];
    const failing = {
      query: () => pool.query('select 1/0') as never,
    };
    const announce = createAnnouncer(failing, (error) => errors.push(error));

    announce();

    await eventually('it is told', () => Promise.resolve(errors.length > 0 || undefined));
    assert.match(String(errors[0]), /division by zero/);
    announce();
    await eventually('it is told again', () => Promise.resolve(errors.length > 1 || undefined));
  });
});
