/** Hands replays over to Temporal. Every call is idempotent and under a deadline; each throws Temporal's error when it is away. */
import { groupWorkflowId } from '#domain/ids.ts';
import { startLimits } from '#domain/limits.ts';
import type { TemporalCalls } from '#platform/temporal.ts';
import { replayDeliveriesWorkflow, resumeSignal, type ReplayDeliveriesInput } from '#workflows/messages.ts';

/** Hands replays over. */
export interface ReplayDispatcher {
  /** Starts the workflow of a replay; that it runs already is success. */
  readonly start: (replayId: string) => Promise<void>;
  /** Tells the workflow of a replay that it goes on, and starts it if need be. */
  readonly resume: (replayId: string) => Promise<void>;
}

/** Makes it for a task queue. */
export function createReplayDispatcher(
  { client, withDeadline }: TemporalCalls,
  taskQueue: string,
): ReplayDispatcher {
  const optionsFor = (replayId: string) => ({
    workflowId: groupWorkflowId(replayId, 'replay'),
    taskQueue,
    args: [{ v: 1, replayId } satisfies ReplayDeliveriesInput] as [ReplayDeliveriesInput],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
  });
  return {
    start: async (replayId) => {
      await withDeadline(startLimits.deadlineMs, () =>
        client.workflow.start(replayDeliveriesWorkflow, optionsFor(replayId)),
      );
    },
    resume: async (replayId) => {
      await withDeadline(startLimits.deadlineMs, () =>
        client.workflow.signalWithStart(replayDeliveriesWorkflow, {
          ...optionsFor(replayId),
          signal: resumeSignal,
        }),
      );
    },
  };
}
