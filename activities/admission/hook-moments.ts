/**
 * The moments at which requests may go to the receiver of one hook that takes so many a second, and the line of those in
 * this process who wait for one. Moments are taken from the database shortly before they come, so that those after a
 * request that was sent late can come later, too.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { pushMoments, takeMoments } from '#db/queries/hook-line.ts';
import type { Executor } from '#db/query.ts';
import { waitInLine } from '../transports/wait-in-line.ts';
import { admissionLimits as limits } from './admission-limits.ts';

/** What the moments of a hook need. */
export interface MomentDependencies {
  readonly database: Executor;
  /** Does work beside everything else. */
  readonly beside: (work: () => Promise<unknown>) => void;
  /** Told when nobody waits any more. */
  readonly onUnused: () => void;
}

/** A moment that was waited for. */
export interface Moment {
  /** Told as soon as the request is sent. */
  readonly noteSent: () => void;
}

type Answer =
  | { readonly kind: 'moment'; readonly atMs: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'fault'; readonly error: unknown };

interface Waiter {
  readonly hasTurn: boolean;
  /** When it gives up. */
  readonly untilMs: number;
  readonly enter: (answer: Answer) => void;
}

/** The moments of one hook. */
export class HookMoments {
  readonly #hookId: string;
  readonly #dependencies: MomentDependencies;
  /** Those whose turn has come go before those who have had none yet. */
  readonly #withTurn = new Set<Waiter>();
  readonly #others = new Set<Waiter>();
  /** By how much the moments after those before a time were moved. */
  #pushed = { untilMs: 0, byMs: 0 };
  #perSecond = 1;
  #isTaking = false;

  constructor(hookId: string, dependencies: MomentDependencies) {
    this.#hookId = hookId;
    this.#dependencies = dependencies;
  }

  /** How many wait in line. */
  get waiting(): number {
    return this.#withTurn.size + this.#others.size;
  }

  /**
   * Waits for a moment; undefined, soon, when it comes too late to wait for it on the spot.
   *
   * @param hasTurn whether it was given a turn before; who was not takes none while others have turns to come
   * @throws the database's error, and the signal's reason
   */
  async take(perSecond: number, hasTurn: boolean, signal: AbortSignal): Promise<Moment | undefined> {
    this.#perSecond = perSecond;
    const patienceMs = hasTurn ? limits.turnMs : limits.nearMs;
    const room = Math.max(2, Math.ceil((perSecond * patienceMs) / 1000));
    const line = hasTurn ? this.#withTurn : this.#others;
    if (line.size >= Math.min(room, limits.lineOfHook)) return undefined;
    const untilMs = performance.now() + patienceMs;
    const join = (enter: (answer: Answer) => void): (() => void) => {
      const waiter = { hasTurn, untilMs, enter };
      line.add(waiter);
      return () => line.delete(waiter);
    };
    const answered = waitInLine(join, patienceMs, signal);
    void this.#takeForAll();
    const answer = (await answered) ?? { kind: 'none' };
    if (answer.kind === 'fault') throw answer.error;
    if (answer.kind === 'none') return undefined;
    await delay(Math.max(0, answer.atMs - performance.now()), undefined, { signal });
    return { noteSent: () => this.#noteSent(answer.atMs) };
  }

  /** What was sent late must not be too close to those after it. */
  #noteSent(atMs: number): void {
    const now = performance.now();
    const lateMs = now - atMs;
    if (lateMs <= limits.lateMs) return;
    // What held up one request has often held up several: those after them are moved once.
    const isMoved = atMs < this.#pushed.untilMs;
    const byMs = isMoved ? lateMs - this.#pushed.byMs : lateMs;
    if (byMs <= 0) return;
    this.#pushed = { untilMs: isMoved ? this.#pushed.untilMs : now, byMs: lateMs };
    this.#dependencies.beside(() => pushMoments(this.#dependencies.database, this.#hookId, byMs));
  }

  async #takeForAll(): Promise<void> {
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      while (this.waiting > 0) await this.#takeNext();
    } catch (error) {
      for (const { enter } of [...this.#withTurn, ...this.#others]) enter({ kind: 'fault', error });
    }
    this.#isTaking = false;
    this.#dependencies.onUnused();
  }

  /** Takes moments for the first in line, or finds out that they have to wait. */
  async #takeNext(): Promise<void> {
    const firsts = this.#firsts();
    const [first] = firsts as [Waiter];
    const perSecond = this.#perSecond;
    const { taken, inMs, gapMs, isOthersTurn } = await takeMoments(this.#dependencies.database, {
      hookId: this.#hookId,
      perSecond,
      count: firsts.length,
      horizonMs: limits.horizonMs,
      hasTurn: first.hasTurn,
    });
    const now = performance.now();
    const waitMs = Math.max(1, inMs - limits.horizonMs);
    if (taken) {
      for (const [index, { enter }] of firsts.entries())
        enter({ kind: 'moment', atMs: now + inMs + index * gapMs });
    } else if ((isOthersTurn && !first.hasTurn) || now + waitMs > first.untilMs) {
      first.enter({ kind: 'none' });
    } else {
      await delay(waitMs);
    }
  }

  /** The first in line, as many as there may be moments within the horizon. */
  #firsts(): readonly Waiter[] {
    const most = Math.max(1, Math.floor((this.#perSecond * limits.horizonMs) / 1000));
    return [...(this.#withTurn.size > 0 ? this.#withTurn : this.#others)].slice(0, most);
  }
}
