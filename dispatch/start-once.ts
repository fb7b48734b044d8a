/** Starts workflows once, whoever tries, and close by where that is possible. */
import { WorkflowExecutionAlreadyStartedError, type WorkflowOptions } from '@temporalio/client';
import { startLimits } from '#domain/limits.ts';
import type { TemporalCalls } from '#platform/temporal.ts';

/** Calls over the connection of a worker in this process, while one runs. */
export type NearbyCalls = () => TemporalCalls | undefined;

/** Starts a workflow by name; that it exists already is success. Throws Temporal's error when it cannot be reached. */
export type StartOnce = (name: string, options: WorkflowOptions & { args: unknown[] }) => Promise<void>;

/**
 * Makes it. Over the connection of a worker in this process, a workflow's first task comes back with the reply, without a
 * detour over the task queue.
 */
export function createStartOnce(temporal: TemporalCalls, nearby: NearbyCalls): StartOnce {
  return async (name, options) => {
    const near = nearby();
    const { client, withDeadline } = near ?? temporal;
    try {
      await withDeadline(startLimits.deadlineMs, () =>
        client.workflow.start(name, { ...options, requestEagerStart: near !== undefined }),
      );
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  };
}
