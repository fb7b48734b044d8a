import assert from 'node:assert/strict';
import { defaultPayloadConverter } from '@temporalio/common';
import type { GroupReport } from '#activities/attempt-report.ts';
import { makeGate, startStubbedWorker, text, type StubbedWorker } from './stubbed-worker.ts';

const report: GroupReport = { carried: 120, delivered: 100, left: 15, givenBack: 5 };

describe('the workflow of a group', () => {
  let worker: StubbedWorker;

  before(async function () {
    this.timeout(60_000);
    worker = await startStubbedWorker();
  });
  after(() => worker.stop());

  it('asks for the attempts of its group and answers how it has fared', async () => {
    const group = await worker.dispatch([() => Promise.resolve(report)], { slow: true, size: 120 });

    assert.deepEqual(await group.handle.result(), report);
    assert.deepEqual(group.inputs, [{ groupId: group.groupId, slow: true }]);
    assert.equal(group.handle.workflowId, `dispatch/${group.groupId}`);
  });

  it('is given and passes on ids and numbers, nothing else', async () => {
    const group = await worker.dispatch([() => Promise.resolve(report)], { size: 120 });
    await group.handle.result();

    const events = await group.events();
    const inputs = events.flatMap((event) => [
      ...(event.workflowExecutionStartedEventAttributes?.input?.payloads ?? []),
      ...(event.activityTaskScheduledEventAttributes?.input?.payloads ?? []),
    ]);
    assert.deepEqual(
      inputs.map((payload) => defaultPayloadConverter.fromPayload(payload)),
      [
        { v: 1, groupId: group.groupId, slow: false, size: 120 },
        { groupId: group.groupId, slow: false },
      ],
    );
  });

  it('says in words what it does, and then what it has done', async () => {
    const begun = makeGate<void>();
    const answer = makeGate<GroupReport>();
    const group = await worker.dispatch(
      [
        () => {
          begun.open();
          return answer.wait;
        },
      ],
      { size: 120 },
    );
    await begun.wait;

    assert.equal(await group.details(), 'Makes the first attempts of 120 deliveries together.');
    answer.open(report);
    await group.handle.result();

    assert.equal(
      await group.details(),
      'Carried 120 deliveries: 100 delivered, 15 went on in workflows of their own, 5 wait to be started again.',
    );
    const [scheduled] = (await group.events()).filter((event) => event.activityTaskScheduledEventAttributes);
    assert.equal(text(scheduled?.userMetadata?.summary), 'first attempts of 120 deliveries');
  });

  it('costs Temporal one activity, however many deliveries it carries', async () => {
    const group = await worker.dispatch([() => Promise.resolve(report)], { size: 500 });
    await group.handle.result();

    const events = await group.events();
    assert.equal(events.filter((event) => event.activityTaskScheduledEventAttributes).length, 1);
    assert.equal(events.length, 11);
  });

  it('asks again when the fault is our own', async () => {
    const group = await worker.dispatch([
      () => Promise.reject(new Error('The database is away')),
      () => Promise.resolve(report),
    ]);

    assert.deepEqual(await group.handle.result(), report);
    assert.equal(group.inputs.length, 2);
  });
});
