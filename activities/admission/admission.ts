/**
 * Lets requests to a receiver go as its hook allows: so many a second, so many at once, over all processes, and never so
 * many to receivers that keep us waiting that others find no place. Whoever cannot go soon is told when to come back.
 * A hook without limits, whose receiver answers, costs nothing here.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { takeTurn, type Turn, type TurnToTake } from '#db/queries/hook-line.ts';
import type { Executor } from '#db/query.ts';
import type { Throttle, ThrottledReport } from '../attempt-report.ts';
import type { ReceiverPace } from '../receiver-pace.ts';
import { admissionLimits as limits } from './admission-limits.ts';
import { createBeside } from './beside.ts';
import { createByHook } from './by-hook.ts';
import { HookLeases, type Lease } from './hook-leases.ts';
import { HookMoments, type Moment } from './hook-moments.ts';

/** Who asks to be let through. */
export interface Applicant {
  readonly deliveryId: string;
  readonly run: number;
  readonly hookId: string;
  readonly rateLimitPerSecond: number | null;
  readonly maxInFlight: number | null;
  /** True when it was told to come back, and has. */
  readonly hasTurn: boolean;
  /** True for a delivery without a workflow of its own. */
  readonly inGroup: boolean;
  /** True when a call that died may have sent it. */
  readonly interrupted: boolean;
  /** Milliseconds that the request may take. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What became of it. */
export type Admitted<Reply> = { readonly kind: 'sent'; readonly reply: Reply } | ThrottledReport;

/** The admission of a process. */
export interface Admission {
  /**
   * Sends as soon as it may. What is not let through has a turn, and waits for it in the database; without a workflow it
   * has been given back, unless its turn is in 0 ms: then it is not to be attempted, or not as things stand.
   */
  readonly admit: <Reply>(applicant: Applicant, send: () => Promise<Reply>) => Promise<Admitted<Reply>>;
  /** How many wait on the spot for a place. */
  readonly waiting: () => number;
  /** Resolves when nothing is under way in the database. */
  readonly close: () => Promise<void>;
}

/** What it needs. */
export interface AdmissionDependencies {
  readonly database: Executor;
  readonly pace: ReceiverPace;
  /** Told when deliveries that were to come later wait to be started. */
  readonly onCalled: () => void;
}

const unlimited: Lease = { release: () => undefined };
const atAnyTime: Moment = { noteSent: () => undefined };

/** Makes the admission of a process. */
export function createAdmission({ database, pace, onCalled }: AdmissionDependencies): Admission {
  const beside = createBeside();
  const common = { database, beside: beside.run };
  const leases = createByHook((id, onUnused) => new HookLeases(id, { ...common, onCalled, onUnused }));
  const moments = createByHook((id, onUnused) => new HookMoments(id, { ...common, onUnused }));
  const waiting = (): number => leases.waiting() + moments.waiting();
  const turnFor = (applicant: Applicant, when: When) => takeTurn(database, turnOf(applicant, when));

  const isCrowded = ({ hookId, rateLimitPerSecond, inGroup }: Applicant): boolean => {
    const isFull = pace.underWay(hookId) >= limits.slowOfHook;
    // Requests that must wait for a connection would not be sent at their moments.
    if (rateLimitPerSecond !== null && isFull) return true;
    return !inGroup && pace.isSlow(hookId) && (isFull || pace.underWayToSlow() >= limits.slowInAll);
  };

  const leaseFor = (applicant: Applicant): Promise<Lease | undefined> => {
    const { hookId, maxInFlight, timeoutMs, signal } = applicant;
    if (maxInFlight === null) return Promise.resolve(unlimited);
    return leases.of(hookId).take({ most: maxInFlight, timeoutMs }, () => waiting() < limits.lines, signal);
  };

  /** Waits for a moment, or for a turn that is near; answers a turn that is not. */
  const momentOrTurn = async (applicant: Applicant): Promise<Moment | Turn> => {
    const { hookId, rateLimitPerSecond: perSecond, hasTurn, signal } = applicant;
    if (perSecond === null) return atAnyTime;
    const take = (isTurn: boolean) =>
      waiting() < limits.lines ? moments.of(hookId).take(perSecond, isTurn, signal) : undefined;
    const moment = await take(hasTurn);
    if (moment !== undefined) return moment;
    if (!hasTurn) {
      const turn = await turnFor(applicant, { leastMs: 0, nearMs: limits.nearMs });
      if (turn.moved || turn.inMs > limits.nearMs) return turn;
      await delay(turn.inMs, undefined, { signal });
      const later = await take(true);
      if (later !== undefined) return later;
    }
    return turnFor(applicant, soonest);
  };

  return {
    admit: async (applicant, send) => {
      const { rateLimitPerSecond, maxInFlight } = applicant;
      if (isCrowded(applicant)) {
        const turn = await turnFor(applicant, { ...soonest, atOnce: limits.slowOfHook });
        return throttled(turn, { kind: 'slow' });
      }
      const lease = await leaseFor(applicant);
      if (lease === undefined) {
        const turn = await turnFor(applicant, soonest);
        return throttled(turn, { kind: 'in_flight', most: maxInFlight ?? 0 });
      }
      try {
        const moment = await momentOrTurn(applicant);
        if ('moved' in moment) return throttled(moment, { kind: 'rate', perSecond: rateLimitPerSecond ?? 0 });
        const sending = send();
        setImmediate(moment.noteSent);
        return { kind: 'sent', reply: await sending };
      } finally {
        lease.release();
      }
    },
    waiting,
    close: beside.end,
  };
}

type When = Pick<TurnToTake, 'leastMs' | 'nearMs'> & { readonly atOnce?: number };

/** Not on the spot any more: it has waited there, or too many do. */
const soonest: When = { leastMs: limits.nearMs, nearMs: 0 };

function turnOf({ hookId, deliveryId, run, inGroup, interrupted }: Applicant, when: When): TurnToTake {
  return { hookId, deliveryId, run, atOnce: null, giveBack: inGroup, begun: interrupted, ...when };
}

function throttled({ inMs, moved }: Turn, throttle: Throttle): ThrottledReport {
  return { kind: 'throttled', dueInMs: moved ? Math.max(1, Math.round(inMs)) : 0, throttle };
}
