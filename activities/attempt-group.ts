/**
 * The first attempts of a group: each delivery's attempt as it would be made alone, many beside each other. What does not
 * succeed leaves for a workflow of its own; what cannot be attempted soon goes back to wait. Never waits for a receiver
 * that keeps it waiting while there are others.
 */
import pLimit, { type LimitFunction } from 'p-limit';
import { groupLimits } from '#domain/limits.ts';
import { deliveriesOfGroup, giveBack, letGo, type StartableDelivery } from '#db/queries/start-deliveries.ts';
import { markSlow, setApart } from '#db/queries/mark-slow.ts';
import { attemptDelivery, type AttemptCall, type AttemptDependencies } from './attempt-delivery.ts';
import type { AttemptedReport, AttemptReport, GroupInput, GroupReport } from './attempt-report.ts';

/** What a group needs beside what an attempt needs. */
export interface GroupDependencies extends AttemptDependencies {
  /** Starts the workflow of a delivery whose first attempt is on record; that it exists already is success. */
  readonly leave: (delivery: StartableDelivery, report?: AttemptedReport) => Promise<void>;
  /** Told when a group waits for nobody but receivers that keep it waiting. */
  readonly onIdle: (groupId: string) => void;
}

/** How the call itself came about. */
export interface GroupCall extends AttemptCall {
  /** Aborts when the worker is about to stop: nothing more is begun, what is under way may finish. */
  readonly draining: AbortSignal;
  /** Told how the group fares. */
  readonly onProgress: (report: GroupReport) => void;
}

type Mutable<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] };

/** Milliseconds between looks at which receivers keep the group waiting. */
const lookEveryMs = 250;

/**
 * Makes the attempts of a group that are not on record yet.
 *
 * @throws the first fault of ours, when every attempt under way has ended; Temporal then calls again
 */
export async function attemptGroup(
  dependencies: GroupDependencies,
  { groupId, slow }: GroupInput,
  call: GroupCall,
): Promise<GroupReport> {
  const deliveries = await deliveriesOfGroup(dependencies.database, groupId);
  const report: Mutable<GroupReport> = { carried: deliveries.length, delivered: 0, left: 0, givenBack: 0 };
  const waiting = new Set(deliveries);
  const returned: StartableDelivery[] = [];
  const faults: unknown[] = [];
  // Faults of ours that may be a delivery's own must not stop the others.
  const aside = new Map<StartableDelivery, unknown>();
  const together = pLimit(groupLimits.concurrency);
  const ofHook = new Map<string, LimitFunction>();
  const limitOf = (hookId: string): LimitFunction => {
    const limit = ofHook.get(hookId) ?? pLimit(groupLimits.concurrencyOfHook);
    ofHook.set(hookId, limit);
    return limit;
  };

  const one = async (delivery: StartableDelivery): Promise<void> => {
    // It would only be one more that is kept waiting: it goes with the others of its receiver.
    if ((!slow && dependencies.pace.isSlow(delivery.hookId)) || !waiting.delete(delivery)) return;
    if (call.draining.aborted || call.signal.aborted || faults.length > 0) {
      returned.push(delivery);
      return;
    }
    try {
      const attempt = await attemptDelivery(
        dependencies,
        { deliveryId: delivery.id, run: delivery.run, attempt: 1 },
        { ...call, inGroup: true },
      );
      if (await follow(dependencies, delivery, attempt, report)) returned.push(delivery);
    } catch (error) {
      if (aside.size < groupLimits.setAside) aside.set(delivery, error);
      else faults.push(error);
    }
  };

  const look = setInterval(() => {
    const { pace } = dependencies;
    const slowHooks = slow ? [] : [...ofHook.keys()].filter((hookId) => pace.isSlow(hookId));
    // What receivers that keep the group waiting take up does not count, or a few of them could stop all the others; nor
    // does what waits for a place that its hook's limits leave it.
    together.concurrency =
      groupLimits.concurrency +
      dependencies.admission.waiting() +
      slowHooks.reduce((sum, hookId) => sum + limitOf(hookId).activeCount, 0);
    if (slowHooks.length > 0) {
      void turnAway(dependencies, call, waiting, new Set(slowHooks)).then(
        (count) => {
          report.givenBack += count;
        },
        (error: unknown) => faults.push(error),
      );
    }
    if (waiting.size === 0) dependencies.onIdle(groupId);
    call.onProgress({ ...report });
  }, lookEveryMs);
  try {
    await Promise.all(deliveries.map((delivery) => limitOf(delivery.hookId)(() => together(one, delivery))));
  } finally {
    clearInterval(look);
    dependencies.onIdle(groupId);
  }
  await turnAwayRest(dependencies, call, waiting, report, faults);
  // Called again, Temporal's next call finds all that is not on record; to give it back as well would do it twice.
  call.signal.throwIfAborted();
  if (faults.length === 0) await setAside(dependencies, aside, report, faults);
  if (faults.length > 0) throw faults[0];
  if (returned.length > 0)
    await giveBack(dependencies.database, idsOf(returned), { begun: call.interrupted });
  report.givenBack += returned.length;
  dependencies.log.info({ groupId, slow, ...report }, 'group.attempted');
  return report;
}

function idsOf(deliveries: readonly StartableDelivery[]): readonly string[] {
  return deliveries.map(({ id }) => id);
}

/**
 * Leaves what could not be attempted to workflows of their own, where a fault is repeated and seen. It may have been sent
 * before the fault, which their attempts have to say.
 */
export async function setAside(
  { database, leave, log }: GroupDependencies,
  aside: ReadonlyMap<StartableDelivery, unknown>,
  report: Mutable<GroupReport>,
  faults: unknown[],
): Promise<void> {
  if (aside.size > 0) await letGo(database, idsOf([...aside.keys()]));
  for (const [delivery, error] of aside) {
    log.warn({ err: error, deliveryId: delivery.id }, 'group.delivery_set_aside');
    try {
      await leave(delivery);
      report.left += 1;
    } catch (cause) {
      faults.push(cause);
    }
  }
}

/** Does what a report asks for; answers whether the delivery is to be given back. */
export async function follow(
  { leave }: GroupDependencies,
  delivery: StartableDelivery,
  attempt: AttemptReport,
  report: Mutable<GroupReport>,
): Promise<boolean> {
  if (attempt.kind === 'held' || attempt.kind === 'blocked') return true;
  if (attempt.kind === 'throttled') {
    // Where it was given a turn it has been given back with it.
    if (attempt.dueInMs === 0 || attempt.throttle.kind === 'put_off') return true;
    report.givenBack += 1;
    return false;
  }
  if (attempt.kind === 'settled') {
    // Failed for good in a call that died: operators are to find its workflow, which may not have been started.
    if (attempt.state === 'exhausted' || attempt.state === 'rejected') await leave(delivery);
    return false;
  }
  if (attempt.verdict === 'delivered') {
    report.delivered += 1;
  } else {
    await leave(delivery, attempt);
    report.left += 1;
  }
  return false;
}

/** Sends away what was not begun because its receiver had become slow by then. */
async function turnAwayRest(
  dependencies: GroupDependencies,
  call: GroupCall,
  waiting: Set<StartableDelivery>,
  report: Mutable<GroupReport>,
  faults: unknown[],
): Promise<void> {
  if (call.signal.aborted) return;
  const hookIds = new Set([...waiting].map(({ hookId }) => hookId));
  try {
    report.givenBack += await turnAway(dependencies, call, waiting, hookIds);
  } catch (error) {
    faults.push(error);
  }
}

/** Sends what waits for slow receivers to wait elsewhere, beside its like. Answers how many went. */
async function turnAway(
  { database }: GroupDependencies,
  { interrupted }: GroupCall,
  waiting: Set<StartableDelivery>,
  hookIds: ReadonlySet<string>,
): Promise<number> {
  const ids: string[] = [];
  for (const delivery of waiting) {
    if (!hookIds.has(delivery.hookId)) continue;
    waiting.delete(delivery);
    ids.push(delivery.id);
  }
  if (ids.length === 0) return 0;
  await markSlow(database, [...hookIds]);
  await setApart(database, [...hookIds]);
  await giveBack(database, ids, { slow: true, begun: interrupted });
  return ids.length;
}
