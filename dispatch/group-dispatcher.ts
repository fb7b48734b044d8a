/** Hands groups of deliveries over to Temporal and asks after them. Every call is idempotent and under a deadline. */
import { WorkflowNotFoundError } from '@temporalio/client';
import { groupWorkflowId, type GroupKind } from '#domain/ids.ts';
import { startLimits } from '#domain/limits.ts';
import type { TemporalCalls } from '#platform/temporal.ts';
import { dispatchGroupWorkflow, type DispatchGroupInput } from '#workflows/messages.ts';
import type { StartOnce } from './start-once.ts';

/** Hands groups over. */
export interface GroupDispatcher {
  /** Starts the workflow of a group; that it exists already is success. */
  readonly start: (group: Omit<DispatchGroupInput, 'v'>) => Promise<void>;
  /** Resolves when the workflow of a group has ended, however, after the deadline, or when nobody waits any more. */
  readonly untilEnded: (groupId: string, deadlineMs: number, signal: AbortSignal) => Promise<void>;
  readonly isRunning: (groupId: string, kind: GroupKind) => Promise<boolean>;
}

/** Makes it for a task queue. */
export function createGroupDispatcher(
  { client, withDeadline }: TemporalCalls,
  taskQueue: string,
  startOnce: StartOnce,
): GroupDispatcher {
  const handleOf = (groupId: string, kind?: GroupKind) =>
    client.workflow.getHandle(groupWorkflowId(groupId, kind));
  return {
    start: (group) =>
      startOnce(dispatchGroupWorkflow, {
        workflowId: groupWorkflowId(group.groupId),
        taskQueue,
        args: [{ v: 1, ...group } satisfies DispatchGroupInput],
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `Makes the first attempts of ${group.size} deliveries together`,
      }),
    // A call under way when its connection is closed would be made again on the closed one, and end the process.
    untilEnded: async (groupId, deadlineMs, signal) => {
      const ended = () => withDeadline(deadlineMs, () => handleOf(groupId).result());
      await client.connection.withAbortSignal(signal, ended).catch(() => undefined);
    },
    isRunning: async (groupId, kind) => {
      try {
        const { status } = await withDeadline(startLimits.deadlineMs, () =>
          handleOf(groupId, kind).describe(),
        );
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
  };
}
