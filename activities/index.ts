/**
 * The activities by name, as the worker registers them and workflows know them by type.
 * Translates between Temporal's calls and the functions that do the work; does no work itself.
 */
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { isSettled, type DeliveryState, type SettledState } from '#domain/delivery.ts';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { noteDue } from '#db/queries/note-wish.ts';
import { pauseHook } from '#db/queries/pause-hook.ts';
import { steerReplay } from '#db/queries/replays.ts';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import { acceptSignalled, type AcceptingDependencies } from './accept-signalled.ts';
import { answeredIn } from './answered-in.ts';
import { attemptDelivery } from './attempt-delivery.ts';
import { attemptGroup } from './attempt-group.ts';
import type {
  AttemptInput,
  AttemptReport,
  DrainReport,
  GroupInput,
  GroupReport,
  ReplayReport,
} from './attempt-report.ts';
import { drainHook, type DrainDependencies } from './drain-hook.ts';
import { replayDeliveries } from './replay-deliveries.ts';
import type { QuickGate } from './quick-gate.ts';
import type { SignalledInput, SignalledResult } from './signalled-report.ts';

/** Which delivery to end, and how. */
export interface SettleInput {
  readonly deliveryId: string;
  readonly run: number;
  readonly state: 'cancelled' | 'expired';
}

/** Which replay. */
export interface ReplayInput {
  readonly replayId: string;
}

/** Which hook. */
export interface HookInput {
  readonly hookId: string;
}

/** When a delivery's next attempt comes. */
export interface NoteDueInput {
  readonly deliveryId: string;
  readonly run: number;
  /** ISO 8601. */
  readonly until: string;
}

/** A first attempt to be made within a workflow task. */
export interface QuickAttemptInput extends AttemptInput {
  readonly hookId: string;
}

/** Everything workflows may ask for. */
export interface Activities {
  readonly attemptDelivery: (input: AttemptInput) => Promise<AttemptReport>;
  /** Within the workflow task; answers undefined, having done nothing, when the receiver may not be quick enough. */
  readonly attemptQuickly: (input: QuickAttemptInput) => Promise<AttemptReport | undefined>;
  readonly attemptGroup: (input: GroupInput) => Promise<GroupReport>;
  /** Sends what was held of a hook, for a while; undefined when the hook is not to be drained, any more. */
  readonly drainHook: (input: HookInput) => Promise<DrainReport | undefined>;
  /** Sends the deliveries of a replay again, for a while; answers how it stands. */
  readonly replayDeliveries: (input: ReplayInput) => Promise<ReplayReport>;
  /** Ends a replay; what it has sent is sent. */
  readonly cancelReplay: (input: ReplayInput) => Promise<void>;
  /** Pauses a hook until somebody resumes it; what it holds stays held. */
  readonly pauseHook: (input: HookInput) => Promise<void>;
  /** Notes when the next attempt comes, as somebody told the workflow; answers when it does, no later than it expires. */
  readonly noteDue: (input: NoteDueInput) => Promise<string | undefined>;
  /** Ends a delivery; answers its end, or undefined when it has not ended after all. */
  readonly settleDelivery: (input: SettleInput) => Promise<SettledState | undefined>;
  /** Accepts events that were signalled; answers what became of each, in order. */
  readonly acceptSignalled: (input: SignalledInput) => Promise<readonly SignalledResult[]>;
}

/** What the activities need. */
export interface ActivityDependencies extends DrainDependencies, AcceptingDependencies {
  readonly gate: QuickGate;
  /** Told when the attempt of a delivery in its own workflow begins. */
  readonly onBegin: (deliveryId: string) => void;
  /** Aborts when the worker is about to stop. */
  readonly draining: AbortSignal;
}

const heartbeatEveryMs = 4000;

/** Runs work while telling Temporal that this worker is alive. Quick work costs no heartbeat. */
async function whileAlive<Result>(work: () => Promise<Result>): Promise<Result> {
  const pulse = setInterval(() => heartbeat(), heartbeatEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(pulse);
  }
}

/** Makes the activities for a worker. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const { gate, onBegin, draining } = dependencies;
  const ownCall = () => ({ interrupted: activityInfo().attempt > 1, signal: cancellationSignal() });
  const answered = (report: AttemptReport) => answeredIn(report, activityInfo().workflowExecution?.runId);
  return {
    attemptDelivery: (input) => {
      onBegin(input.deliveryId);
      return whileAlive(async () => answered(await attemptDelivery(dependencies, input, ownCall())));
    },
    attemptQuickly: ({ hookId, ...input }) => {
      onBegin(input.deliveryId);
      return gate.admit(hookId, async () =>
        answered(await attemptDelivery(dependencies, input, { ...ownCall(), uncounted: true })),
      );
    },
    attemptGroup: (input) =>
      attemptGroup(dependencies, input, { ...ownCall(), draining, onProgress: heartbeat }),
    drainHook: ({ hookId }) =>
      drainHook(dependencies, hookId, { ...ownCall(), draining, onProgress: heartbeat }),
    replayDeliveries: ({ replayId }) =>
      replayDeliveries(dependencies, replayId, { ...ownCall(), draining, onProgress: heartbeat }),
    cancelReplay: async ({ replayId }) => {
      await steerReplay(dependencies.database, replayId, 'cancel');
    },
    pauseHook: async ({ hookId }) => {
      const { database, holdDays } = dependencies;
      await pauseHook(database, hookId, { until: null, holds: true, holdDays });
    },
    acceptSignalled: (input) => whileAlive(() => acceptSignalled(dependencies, input)),
    noteDue: async ({ deliveryId, run, until }) =>
      (await noteDue(dependencies.database, deliveryId, run, new Date(until)))?.toISOString(),
    settleDelivery: async ({ deliveryId, run, state }) => {
      // What the database knows to be cancelled was asked for there; what it does not, by Temporal's own means.
      const askedIn = state === 'cancelled' ? deliveryWorkflowId(deliveryId, run) : null;
      const settled = (await settleDelivery(dependencies.database, deliveryId, run, state, null, askedIn)) as
        | DeliveryState
        | undefined;
      if (settled === undefined) return 'cancelled';
      return isSettled(settled) ? settled : undefined;
    },
  };
}
