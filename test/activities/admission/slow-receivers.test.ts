import assert from 'node:assert/strict';
import { admissionLimits } from '#activities/admission/admission-limits.ts';
import { createAdmission, type Admission } from '#activities/admission/admission.ts';
import { createReceiverPace, type ReceiverPace } from '#activities/receiver-pace.ts';
import { makeDeliveryRows, makeHookRow, makeRepositoryRow, rowOf } from '../../db/records.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { makeGate } from '../../workflows/stubbed-worker.ts';

describe('attempts to receivers that keep us waiting', function () {
  this.timeout(60_000);

  let database: TestDatabase;
  let pace: ReceiverPace;
  let admission: Admission;
  let gate: ReturnType<typeof makeGate<void>>;
  let underWay: Promise<void>[];

  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database.drop());
  beforeEach(() => {
    pace = createReceiverPace();
    admission = createAdmission({ database: database.pool, pace, onCalled: () => undefined });
    gate = makeGate<void>();
    underWay = [];
  });
  afterEach(async () => {
    gate.open();
    await Promise.all(underWay);
    await admission.close();
  });

  /** A delivery of a hook, and how it asks to be let through. */
  const applicant = async ({ inGroup = false } = {}) => {
    const repository = await makeRepositoryRow(database.pool);
    const hookId = await makeHookRow(database.pool, repository);
    const [made] = await makeDeliveryRows(database.pool, repository, hookId, 1);
    const { deliveryId } = made as { deliveryId: string };
    const limits = { rateLimitPerSecond: null, maxInFlight: null, hasTurn: false };
    const call = { inGroup, interrupted: false, timeoutMs: 30_000, signal: new AbortController().signal };
    return { deliveryId, run: 0, hookId, ...limits, ...call };
  };
  /** Requests that are begun now and not answered. */
  const owe = (hookId: string, count: number): void => {
    for (let begun = 0; begun < count; begun += 1) underWay.push(pace.time(hookId, () => gate.wait));
  };
  const isSlow = (hookId: string) =>
    eventually('the receiver is slow', () => Promise.resolve(pace.isSlow(hookId) || undefined));
  const sent = () => Promise.resolve('sent');

  it('are put off when many are under way, until their turn, and those in groups and to others are not', async () => {
    const own = await applicant();
    owe(own.hookId, admissionLimits.slowOfHook);
    await isSlow(own.hookId);

    const report = await admission.admit(own, sent);

    assert.equal(report.kind === 'throttled' && report.throttle.kind, 'slow');
    assert.ok(report.kind === 'throttled' && report.dueInMs > 0);
    const { state, turn_at: turnAt } = await rowOf(database.pool, 'delivery', own.deliveryId);
    assert.deepEqual([state, turnAt instanceof Date], ['waiting', true]);
    assert.equal((await admission.admit({ ...own, inGroup: true }, sent)).kind, 'sent');
    assert.equal((await admission.admit(await applicant(), sent)).kind, 'sent');
  });

  it('are put off when all that are slow have many under way together', async () => {
    const own = await applicant();
    owe(own.hookId, 1);
    for (let other = 1; other < admissionLimits.slowInAll; other += 50) owe(`other ${other}`, 50);
    await isSlow(own.hookId);
    await isSlow('other 201');

    assert.equal((await admission.admit(own, sent)).kind, 'throttled');
    assert.equal((await admission.admit(await applicant(), sent)).kind, 'sent');
  });
});
