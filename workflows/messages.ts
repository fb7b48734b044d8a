/**
 * The messages a delivery's workflow understands, and its input and answers: the contract between the workflow,
 * the API and whoever holds the Temporal CLI. Carries ids and numbers, never payloads, addresses or secrets.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AttemptedReport, DrainReport, ReplayReport } from '#activities/attempt-report.ts';
import type { DeliveryState } from '#domain/delivery.ts';
import type { Outcome } from '#domain/outcomes.ts';

/** The name under which the workflow of one delivery is registered. */
export const deliverEventWorkflow = 'deliverEvent';

/** The input of `deliverEvent`: ids and the version of this shape. */
export interface DeliverEventInput {
  readonly v: 1;
  readonly deliveryId: string;
  /** 0 for the delivery itself, n for its n-th redelivery. */
  readonly run: number;
  /** The hook, when its receiver has been quick to answer: the first attempt is then made within the workflow task. */
  readonly quickHookId?: string;
  /** The first attempt, when a group has made it already: the workflow begins with what follows it. */
  readonly attempted?: AttemptedReport;
}

/** The name under which the workflow of a group is registered. */
export const dispatchGroupWorkflow = 'dispatchGroup';

/** The input of `dispatchGroup`. */
export interface DispatchGroupInput {
  readonly v: 1;
  readonly groupId: string;
  /** True when the receivers of its deliveries are known to be slow. */
  readonly slow: boolean;
  /** Deliveries that the group was made of. */
  readonly size: number;
}

/** The name under which the workflow that drains a hook is registered. */
export const drainHookWorkflow = 'drainHook';

/** The input of `drainHook`. */
export interface DrainHookInput {
  readonly v: 1;
  readonly hookId: string;
}

/** The name under which the workflow of a replay is registered. */
export const replayDeliveriesWorkflow = 'replayDeliveries';

/** The input of `replayDeliveries`. */
export interface ReplayDeliveriesInput {
  readonly v: 1;
  readonly replayId: string;
}

/** What the `state` query answers. */
export interface LiveDelivery {
  readonly state: DeliveryState;
  /** The attempt under way or coming next, from 1. */
  readonly attempt: number;
  /** How the last attempt ended; null before the first. */
  readonly lastOutcome: Outcome | null;
  readonly lastStatus: number | null;
  /** When the next attempt, or the end of a hold, is due: ISO 8601; null when nothing is. */
  readonly dueAt: string | null;
  /** Why it waits, in words. */
  readonly reason: string;
}

/**
 * Attempt now instead of later. With a number it only cuts short the wait before that attempt,
 * which makes repeated and late signals harmless; without one it cuts short whatever wait there is.
 */
export const retryNowSignal = defineSignal<[attempt?: number]>('retryNow');

/** End the delivery; it is never attempted again. */
export const cancelSignal = defineSignal('cancel');

/** Moves the next attempt to a time, ISO 8601. Heeded while the delivery waits for it. */
export const postponeSignal = defineSignal<[until: string]>('postpone');

/**
 * The database has moved the next attempt, or what keeps the delivery back: cuts the wait short only to look again, and to
 * sleep anew. Sent by Holdfast itself.
 */
export const refreshSignal = defineSignal('refresh');

/** The first three as updates, which answer with where the delivery stands then. */
export const retryNowUpdate = defineUpdate<LiveDelivery>('retryNow');

/** Answers with the end. */
export const cancelUpdate = defineUpdate<LiveDelivery>('cancel');

/** Refused for a time that is none, and while the delivery does not wait for an attempt. */
export const postponeUpdate = defineUpdate<LiveDelivery, [until: string]>('postpone');

/** Asks a drain how far it has come; null before the first minute is over. */
export const drainProgressQuery = defineQuery<DrainReport | null>('progress');

/** Tells a replay that was paused that it goes on. */
export const resumeSignal = defineSignal('resume');

/** Asks a replay how it stood when it last told; null before that. */
export const replayProgressQuery = defineQuery<ReplayReport | null>('progress');

/** Asks where the delivery stands. */
export const stateQuery = defineQuery<LiveDelivery>('state');
