/**
 * Hands deliveries over to Temporal: starts their workflows, wakes those that are overdue, tells those that are
 * cancelled. Every call is idempotent and under a deadline. Never touches the database.
 */
import { createHash } from 'node:crypto';
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowHandle,
  type WorkflowOptions,
} from '@temporalio/client';
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  TypedSearchAttributes,
  type Priority,
} from '@temporalio/common';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { startLimits } from '#domain/limits.ts';
import type { AttemptedReport } from '#activities/attempt-report.ts';
import type { StartableDelivery } from '#db/queries/start-deliveries.ts';
import type { TemporalClient } from '#platform/temporal.ts';
import {
  cancelSignal,
  deliverEventWorkflow,
  postponeSignal,
  refreshSignal,
  retryNowSignal,
  stateQuery,
  type DeliverEventInput,
  type LiveDelivery,
} from '#workflows/messages.ts';
import { createGroupDispatcher, type GroupDispatcher } from './group-dispatcher.ts';
import { createStartDrain, type StartDrain } from './hook-drains.ts';
import { createReplayDispatcher, type ReplayDispatcher } from './replays.ts';
import { createStartOnce, type NearbyCalls } from './start-once.ts';

type ReusePolicy = 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE';

/** What became of waking a delivery: its workflow runs, or somebody ended it in Temporal. */
export type Awakening = 'running' | 'terminated';

/** A delivery's run, which is enough to name its workflow. */
export type DeliveryRun = Pick<StartableDelivery, 'id' | 'run'>;

/** Hands deliveries over to Temporal. Every method throws Temporal's error when it cannot be reached. */
export interface Dispatcher {
  /**
   * Starts a delivery's workflow; that it exists already is success.
   *
   * @param attempted the first attempt, when it has been made already
   */
  readonly start: (delivery: StartableDelivery, attempted?: AttemptedReport) => Promise<void>;
  /** Makes sure that a delivery's workflow runs; one that runs is not disturbed. */
  readonly revive: (delivery: StartableDelivery) => Promise<Awakening>;
  /** Makes sure that a delivery's workflow runs and makes the attempt that comes next now. */
  readonly wake: (delivery: StartableDelivery) => Promise<Awakening>;
  /** Tells a delivery's workflow that it is cancelled; that there is none is success. */
  readonly cancel: (delivery: DeliveryRun) => Promise<void>;
  /** Tells a delivery's workflow when its next attempt comes; that there is none is success. */
  readonly postpone: (delivery: DeliveryRun, until: Date) => Promise<void>;
  /** Tells a delivery's workflow to look again when its next attempt is due; that there is none is success. */
  readonly refresh: (delivery: DeliveryRun) => Promise<void>;
  /** Asks a delivery's workflow where it stands. */
  readonly askState: (delivery: DeliveryRun, deadlineMs: number) => Promise<LiveDelivery>;
  /** Hands over deliveries that share a workflow for their first attempts. */
  readonly groups: GroupDispatcher;
  readonly startDrain: StartDrain;
  readonly replays: ReplayDispatcher;
}

const repositoryKey = defineSearchAttributeKey('HoldfastRepository', SearchAttributeType.KEYWORD);
const hookKey = defineSearchAttributeKey('HoldfastHook', SearchAttributeType.KEYWORD);
const eventKey = defineSearchAttributeKey('HoldfastEvent', SearchAttributeType.KEYWORD);

/** The longest value that Temporal's SQL stores take for a keyword. */
const keywordLength = 255;

function inputOf(
  { id, run, hookId, quick, nextAttempt }: StartableDelivery,
  attempted?: AttemptedReport,
): DeliverEventInput {
  return {
    v: 1,
    deliveryId: id,
    run,
    ...(quick && nextAttempt === 1 ? { quickHookId: hookId } : {}),
    ...(attempted === undefined ? {} : { attempted }),
  };
}

/** The longest fairness key that Temporal takes, in bytes. */
const fairnessKeyBytes = 64;

/** Where the tasks of many repositories wait, each is served as often as the others. A long name goes by its digest. */
function priorityOf({ repository }: StartableDelivery): Priority {
  const bytes = Buffer.from(repository);
  if (bytes.length <= fairnessKeyBytes) return { fairnessKey: repository };
  return { fairnessKey: createHash('sha256').update(bytes).digest('hex') };
}

/** How a delivery's workflow is started: once, whoever tries. */
function startOptions(delivery: StartableDelivery, taskQueue: string, attempted?: AttemptedReport) {
  const repository = delivery.repository.slice(0, keywordLength);
  return {
    workflowId: deliveryWorkflowId(delivery.id, delivery.run),
    taskQueue,
    args: [inputOf(delivery, attempted)] as [DeliverEventInput],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as ReusePolicy,
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Delivers an event of ${repository} to one of its hooks`,
    priority: priorityOf(delivery),
    typedSearchAttributes: new TypedSearchAttributes([
      { key: repositoryKey, value: repository },
      { key: hookKey, value: delivery.hookId },
      { key: eventKey, value: delivery.eventId },
    ]),
  } satisfies WorkflowOptions & { args: [DeliverEventInput] };
}

/**
 * Makes a dispatcher for a task queue.
 *
 * @param nearby where it is there, what is started goes to its worker without a detour over the task queue
 */
export function createDispatcher(
  temporal: TemporalClient,
  taskQueue: string,
  nearby: NearbyCalls = () => undefined,
): Dispatcher {
  const workflows = temporal.client.workflow;
  const optionsFor = (delivery: StartableDelivery) => startOptions(delivery, taskQueue);

  const startOnce = createStartOnce(temporal, nearby);

  const startAnew = (delivery: StartableDelivery, reuse: ReusePolicy): Promise<unknown> =>
    temporal.withDeadline(startLimits.deadlineMs, () =>
      workflows.start(deliverEventWorkflow, { ...optionsFor(delivery), workflowIdReusePolicy: reuse }),
    );

  const startAndSignal = (delivery: StartableDelivery, reuse: ReusePolicy): Promise<unknown> =>
    temporal.withDeadline(startLimits.deadlineMs, () =>
      workflows.signalWithStart(deliverEventWorkflow, {
        ...optionsFor(delivery),
        workflowIdReusePolicy: reuse,
        signal: retryNowSignal,
        signalArgs: [delivery.nextAttempt],
      }),
    );

  /** Runs `act`; when the workflow has closed though its delivery has not ended, finds out why and acts once more. */
  const unlessTerminated = async (
    delivery: StartableDelivery,
    act: (delivery: StartableDelivery, reuse: ReusePolicy) => Promise<unknown>,
  ): Promise<Awakening> => {
    try {
      await act(delivery, 'REJECT_DUPLICATE');
      return 'running';
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const handle = workflows.getHandle(deliveryWorkflowId(delivery.id, delivery.run));
    const { status } = await temporal.withDeadline(startLimits.deadlineMs, () => handle.describe());
    if (status.name === 'TERMINATED' || status.name === 'CANCELLED') return 'terminated';
    await act(delivery, 'ALLOW_DUPLICATE');
    return 'running';
  };

  const tell = ({ id, run }: DeliveryRun, say: (handle: WorkflowHandle) => Promise<void>): Promise<void> =>
    temporal.withDeadline(startLimits.deadlineMs, async () => {
      try {
        await say(workflows.getHandle(deliveryWorkflowId(id, run)));
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    });

  const askState = (delivery: DeliveryRun, deadlineMs: number): Promise<LiveDelivery> =>
    temporal.withDeadline(deadlineMs, () =>
      workflows.getHandle(deliveryWorkflowId(delivery.id, delivery.run)).query(stateQuery),
    );

  return {
    start: (delivery, attempted) =>
      startOnce(deliverEventWorkflow, startOptions(delivery, taskQueue, attempted)),
    revive: (delivery) => unlessTerminated(delivery, startAnew),
    wake: (delivery) => unlessTerminated(delivery, startAndSignal),
    cancel: (delivery) => tell(delivery, (handle) => handle.signal(cancelSignal)),
    postpone: (delivery, until) =>
      tell(delivery, (handle) => handle.signal(postponeSignal, until.toISOString())),
    refresh: (delivery) => tell(delivery, (handle) => handle.signal(refreshSignal)),
    askState,
    groups: createGroupDispatcher(temporal, taskQueue, startOnce),
    startDrain: createStartDrain(temporal, taskQueue),
    replays: createReplayDispatcher(temporal, taskQueue),
  };
}
