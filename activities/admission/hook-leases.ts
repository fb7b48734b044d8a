/**
 * The leases of one hook in this process, and the line of those who wait for one. A lease that becomes free goes to the
 * next in line without a way to the database; those of other processes are looked for while anybody waits.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { dropLease, takeLease } from '#db/queries/hook-lease.ts';
import { callNext } from '#db/queries/hook-line.ts';
import type { Executor } from '#db/query.ts';
import { waitInLine } from '../transports/wait-in-line.ts';
import { admissionLimits as limits } from './admission-limits.ts';

/** What the hook says at present. */
export interface LeaseTerms {
  /** Requests that may be under way at once. */
  readonly most: number;
  /** Milliseconds that a request may take. */
  readonly timeoutMs: number;
}

/** The right to have one request under way; ended exactly once. */
export interface Lease {
  readonly release: () => void;
}

/** What the leases of a hook need. */
export interface LeaseDependencies {
  readonly database: Executor;
  /** Told when deliveries that were to come later have been called and wait to be started. */
  readonly onCalled: () => void;
  /** Does work beside everything else. */
  readonly beside: (work: () => Promise<unknown>) => void;
  /** Told when nothing of the hook is under way any more. */
  readonly onUnused: () => void;
}

interface Granted {
  readonly slot: number;
  readonly holder: string;
  readonly takenMs: number;
  readonly timeoutMs: number;
}

/** Milliseconds between looks for a lease of another process: at first, and at the most. */
const lookMs = { first: 25, most: 200 } as const;
/** Milliseconds between two calls for those who are to come later: when there were some, and when there were none. */
const callMs = { again: 200, idle: 1000 } as const;
/** Milliseconds for which leases are thought to be held before one was. */
const firstHeldMs = 100;

/** The leases of one hook. */
export class HookLeases {
  readonly #hookId: string;
  readonly #dependencies: LeaseDependencies;
  readonly #waiting = new Set<(granted: Granted) => void>();
  #terms: LeaseTerms = { most: 0, timeoutMs: 0 };
  #held = 0;
  #asking = 0;
  #heldMs = firstHeldMs;
  #isLooking = false;
  #nextCallMs = 0;

  constructor(hookId: string, dependencies: LeaseDependencies) {
    this.#hookId = hookId;
    this.#dependencies = dependencies;
  }

  /** Takes a lease, at once or after a moment in line; undefined when none became free in time or too many wait. */
  async take(terms: LeaseTerms, mayWait: () => boolean, signal: AbortSignal): Promise<Lease | undefined> {
    this.#terms = terms;
    try {
      const isFree = this.#waiting.size === 0 && this.#held + this.#asking < terms.most;
      const granted = isFree ? await this.#ask() : undefined;
      if (granted !== undefined) return this.#leaseOf(granted);
      if (this.#waiting.size >= this.#room() || !mayWait()) return undefined;
      const handed = await this.#wait(signal);
      return handed === undefined ? undefined : this.#leaseOf(handed);
    } finally {
      this.#tellIfUnused();
    }
  }

  /** How many wait in line. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** How many may wait in line: what the receiver gets done in a moment. */
  #room(): number {
    const work = Math.ceil((this.#terms.most * limits.lineMs) / this.#heldMs);
    return Math.min(limits.lineOfHook, Math.max(2, work));
  }

  #wait(signal: AbortSignal): Promise<Granted | undefined> {
    const join = (enter: (granted: Granted) => void): (() => void) => {
      this.#waiting.add(enter);
      return () => this.#waiting.delete(enter);
    };
    const handed = waitInLine(join, limits.leaseMs, signal);
    void this.#look();
    return handed;
  }

  async #ask(): Promise<Granted | undefined> {
    const { most, timeoutMs } = this.#terms;
    const holder = randomUUID();
    const lastsMs = timeoutMs + limits.handOnMs + limits.leaseMarginMs;
    this.#asking += 1;
    try {
      const taken = { hookId: this.#hookId, most, holder, lastsMs };
      const slot = await takeLease(this.#dependencies.database, taken);
      if (slot === undefined) return undefined;
      this.#held += 1;
      return { slot, holder, timeoutMs, takenMs: performance.now() };
    } finally {
      this.#asking -= 1;
    }
  }

  #leaseOf(granted: Granted): Lease {
    const beganMs = performance.now();
    return {
      release: () => {
        this.#heldMs = (3 * this.#heldMs + performance.now() - beganMs) / 4;
        const [next] = this.#waiting;
        if (next !== undefined && this.#mayHandOn(granted)) next(granted);
        else this.#drop(granted);
        this.#callLater();
        this.#tellIfUnused();
      },
    };
  }

  #mayHandOn({ slot, takenMs, timeoutMs }: Granted): boolean {
    const isFresh = performance.now() - takenMs < limits.handOnMs && timeoutMs >= this.#terms.timeoutMs;
    return isFresh && slot <= this.#terms.most;
  }

  #drop({ slot, holder }: Granted): void {
    this.#held -= 1;
    this.#dependencies.beside(() => dropLease(this.#dependencies.database, this.#hookId, slot, holder));
  }

  /** Calls those who were told to come later, when hardly anybody is left in line. */
  #callLater(): void {
    const missing = this.#room() - this.#waiting.size;
    const now = performance.now();
    if (missing * 2 < this.#room() || now < this.#nextCallMs) return;
    this.#nextCallMs = now + callMs.again;
    this.#dependencies.beside(async () => {
      if ((await callNext(this.#dependencies.database, this.#hookId, missing)) > 0)
        this.#dependencies.onCalled();
      else this.#nextCallMs = now + callMs.idle;
    });
  }

  /** Looks for free leases as long as anybody waits and this process has not all of them. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (let pauseMs: number = lookMs.first; this.#waiting.size > 0;) {
      // Not at once: what this process has just given back is for others, too.
      await delay(pauseMs * (0.5 + Math.random() / 2));
      pauseMs = Math.min(pauseMs * 1.5, lookMs.most);
      if (this.#waiting.size === 0 || this.#held + this.#asking >= this.#terms.most) continue;
      // While the database is away nobody is kept: those who wait give up by themselves.
      const granted = await this.#ask().catch(() => undefined);
      if (granted === undefined) continue;
      const [next] = this.#waiting;
      if (next === undefined) this.#drop(granted);
      else next(granted);
      pauseMs = lookMs.first;
    }
    this.#isLooking = false;
    this.#tellIfUnused();
  }

  #tellIfUnused(): void {
    const isUsed = this.#isLooking || this.#held + this.#asking + this.#waiting.size > 0;
    if (!isUsed) this.#dependencies.onUnused();
  }
}
