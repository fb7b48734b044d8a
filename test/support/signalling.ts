/** A producer that signals: starts and signals a repository's workflow `receiveEvents`, and asks it how that went. */
import type { Client } from '@temporalio/client';
import {
  eventSignalName,
  progressQuery,
  receiveEventsWorkflow,
  rejectedQuery,
  type ReceiveEventsInput,
  type SignalProgress,
} from '#workflows/producer-messages.ts';
import type { receiveEvents } from '#workflows/receive-events.ts';
import { eventually } from './eventually.ts';

/** Where to signal. */
export interface Destination {
  readonly client: Client;
  readonly taskQueue: string;
  readonly owner: string;
  readonly name: string;
}

/** Makes a producer; `more` is what its input says beside the repository. */
export function makeProducer(
  { client, taskQueue, owner, name }: Destination,
  more: Omit<ReceiveEventsInput, 'repository'> = {},
) {
  const workflowId = `producer/${owner}/${name}`;
  const handle = client.workflow.getHandle<typeof receiveEvents>(workflowId);
  const progress = () => handle.query(progressQuery);
  return {
    /** The workflow, whichever run is the present one. */
    handle,
    /** Signals, whatever it is, and starts the workflow when it does not run. */
    signal: (...signalArgs: unknown[]) =>
      client.workflow.signalWithStart<typeof receiveEvents, unknown[]>(receiveEventsWorkflow, {
        workflowId,
        taskQueue,
        args: [{ repository: `${owner}/${name}`, ...more }],
        signal: eventSignalName,
        signalArgs,
      }),
    progress,
    rejected: () => handle.query(rejectedQuery),
    /** Resolves with the progress once so many signals have gone one way or another. */
    handled: (count: number, deadlineMs = 30_000): Promise<SignalProgress> =>
      eventually(
        `${count} signals are handled`,
        async () => {
          const now = await progress().catch(() => undefined);
          if (now === undefined) return undefined;
          return now.accepted + now.repeated + now.rejected >= count && now.waiting === 0 ? now : undefined;
        },
        deadlineMs,
      ),
    /** Ends the workflow, if it runs. */
    stop: async (): Promise<void> => {
      await handle.terminate().catch(() => undefined);
    },
    /** The runs so far, from the present one back to the first. */
    runs: async (): Promise<readonly string[]> => {
      const runs: string[] = [];
      let { runId } = await handle.describe();
      while (runId !== '') {
        runs.push(runId);
        const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
        runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
      }
      return runs;
    },
  };
}
