/**
 * Plays the scenes of `receiveEvents` for the recorder: a run that takes signals, right and wrong, and leaves one to the
 * next, and the run that goes on from there. Nothing here is a delivery's; no canary goes in, because signals are kept.
 */
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from '../support/eventually.ts';
import type { TestHoldfast } from '../support/holdfast.ts';
import { makeRepository, plainPayload } from '../support/make.ts';
import { makeProducer } from '../support/signalling.ts';

/** The runs by the names of their histories: the one that was left something ended because nobody signalled any more. */
export async function playSignals(
  holdfast: TestHoldfast,
): Promise<Readonly<Record<'signals-received' | 'signals-carried', WorkflowHandle>>> {
  const { config, database, temporal } = holdfast;
  const repository = await makeRepository(holdfast);
  const producer = makeProducer(
    { ...repository, client: temporal.client, taskQueue: config.temporal.taskQueue },
    { signalsPerRun: 5, idleSeconds: 2 },
  );
  const event = (key: string) => ({ key, type: 'star.added', payload: plainPayload(repository) });

  for (const signal of [event('one'), event('one'), event('with space')]) await producer.signal(signal);
  await producer.handled(3);
  await database.pool.query('alter table idempotency_key rename to away');
  await producer.signal(event('two'));
  await eventually('it was tried', async () => {
    const { raw } = await producer.handle.describe();
    return raw.pendingActivities?.some(({ attempt = 0 }) => Number(attempt) > 1) ? true : undefined;
  });
  await producer.signal(event('three'));
  await database.pool.query('alter table away rename to idempotency_key');
  await producer.handle.result();

  const [last = '', first = ''] = await producer.runs();
  const { workflowId } = producer.handle;
  return {
    'signals-received': temporal.client.workflow.getHandle(workflowId, first),
    'signals-carried': temporal.client.workflow.getHandle(workflowId, last),
  };
}
