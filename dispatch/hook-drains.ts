/** Hands the draining of hooks over to Temporal. Every call is idempotent and under a deadline. */
import { groupWorkflowId } from '#domain/ids.ts';
import { startLimits } from '#domain/limits.ts';
import type { TemporalCalls } from '#platform/temporal.ts';
import { drainHookWorkflow, type DrainHookInput } from '#workflows/messages.ts';

/** Starts the workflow that drains a hook; that it runs already is success. Throws Temporal's error when it is away. */
export type StartDrain = (hookId: string) => Promise<void>;

/** Makes it for a task queue. */
export function createStartDrain({ client, withDeadline }: TemporalCalls, taskQueue: string): StartDrain {
  return async (hookId) => {
    await withDeadline(startLimits.deadlineMs, () =>
      client.workflow.start(drainHookWorkflow, {
        workflowId: groupWorkflowId(hookId, 'drain'),
        taskQueue,
        args: [{ v: 1, hookId } satisfies DrainHookInput],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    );
  };
}
