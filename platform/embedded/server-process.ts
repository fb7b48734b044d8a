/**
 * Supervises one server of our own: starts it, waits until it answers, starts it again whenever it dies, and
 * stops it in order. At most one run exists at any time, also across a killed Holdfast.
 */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { stopLeftover, type LeftoverOptions } from './leftover.ts';
import { waitUntilReady, type Probe } from './readiness.ts';
import { endChild, spawnChild, type ChildOptions, type ServerChild } from './server-child.ts';

const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** A run this long counts as sound: the next death is answered at once again. */
const SOUND_RUN_MS = 10_000;
/** How many runs may die at the first start, before it is given up. */
const START_TRIES = 6;

/** What to run, how to know that it answers, and how it wants to be stopped. */
export interface ServerOptions extends ChildOptions, LeftoverOptions {
  readonly isReady: (signal: AbortSignal, pid: number) => Promise<void>;
  readonly readyTimeoutMs: number;
  /** Asked when a first run has died: whether the same command may fare better a moment later. */
  readonly isWorthAnotherTry?: (() => Promise<boolean>) | undefined;
  /** Called when the first run was begun, before it answers: a moment to do something else in. */
  readonly onSpawn?: (() => void) | undefined;
  /** Called whenever a server that had died answers again. */
  readonly onRestart?: (() => void) | undefined;
}

/** A server under supervision. */
export interface ServerProcess {
  /** The pid of the present run; undefined between two runs. */
  readonly pid: number | undefined;
  /** Stops the server and the supervision; further calls wait for the same stop. */
  stop(): Promise<void>;
}

/** Starts the server and resolves when it answers; from then on it is kept running until `stop`. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  await stopLeftover(options);
  const supervision = new Supervision(options, await startFirstRun(options));
  return supervision;
}

async function startFirstRun(options: ServerOptions): Promise<ServerChild> {
  const { name, readyTimeoutMs, stopSignal, stopTimeoutMs, logFile, log } = options;
  const deadline = performance.now() + readyTimeoutMs;
  for (let tries = 1, pauseMs = SHORTEST_PAUSE_MS; ; tries += 1, pauseMs *= 2) {
    const child = spawnChild(options);
    if (tries === 1) options.onSpawn?.();
    const failure = await waitUntilReady(probeOf(options, child), readyTimeoutMs, child.endedSignal);
    if (failure === undefined) return child;
    const how = child.endedSignal.aborted ? `ended (${await child.ended})` : 'does not answer';
    await endChild(child, stopSignal, stopTimeoutMs);
    const message = `${name} ${how}: ${failure.message}`;
    const isLate = tries >= START_TRIES || performance.now() + pauseMs > deadline;
    if (isLate || child.pid === undefined || (await options.isWorthAnotherTry?.()) === false) {
      rmSync(options.pidFile, { force: true });
      throw new Error(`${message}\nIts log, ${logFile}, ends:\n${child.readLogTail()}`, { cause: failure });
    }
    log.warn({ server: name, tries, pauseMs }, `${message}; trying again.`);
    await sleep(pauseMs);
  }
}

function probeOf({ isReady }: ServerOptions, child: ServerChild): Probe {
  return async (signal) => {
    if (child.pid === undefined) throw new Error(await child.ended);
    await isReady(signal, child.pid);
    // Whoever answered was not this run if it has ended meanwhile.
    child.endedSignal.throwIfAborted();
  };
}

class Supervision implements ServerProcess {
  readonly #options: ServerOptions;
  readonly #stopping = new AbortController();
  readonly #watched: Promise<void>;
  #child: ServerChild;
  #stopped: Promise<void> | undefined;

  constructor(options: ServerOptions, child: ServerChild) {
    this.#options = options;
    this.#child = child;
    this.#watched = this.#watch();
  }

  get pid(): number | undefined {
    return this.#child.endedSignal.aborted ? undefined : this.#child.pid;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopOnce();
    return this.#stopped;
  }

  async #stopOnce(): Promise<void> {
    const { stopSignal, stopTimeoutMs, pidFile } = this.#options;
    this.#stopping.abort(new Error('the server is being stopped'));
    // No run begins after the abort, so this is the last one.
    await endChild(this.#child, stopSignal, stopTimeoutMs);
    await this.#watched;
    rmSync(pidFile, { force: true });
  }

  async #watch(): Promise<void> {
    const { name, log } = this.#options;
    const { signal } = this.#stopping;
    let pauseMs = SHORTEST_PAUSE_MS;
    for (let runs = 1; ; runs += 1) {
      const since = performance.now();
      if (runs > 1) await this.#waitUntilReadyAgain();
      const how = await this.#child.ended;
      if (signal.aborted) return;
      if (performance.now() - since > SOUND_RUN_MS) pauseMs = SHORTEST_PAUSE_MS;
      log.error({ server: name, runs, pauseMs }, `${name} ended (${how}); starting it again.`);
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      this.#child = spawnChild(this.#options);
    }
  }

  async #waitUntilReadyAgain(): Promise<void> {
    const { name, log, readyTimeoutMs, onRestart } = this.#options;
    const child = this.#child;
    const ended = AbortSignal.any([child.endedSignal, this.#stopping.signal]);
    while (!ended.aborted) {
      const failure = await waitUntilReady(probeOf(this.#options, child), readyTimeoutMs, ended);
      if (failure === undefined) {
        log.info({ server: name, pid: child.pid }, `${name} answers again.`);
        onRestart?.();
        return;
      }
      // It may be recovering a lot: it is not killed for being slow.
      if (!ended.aborted) log.warn({ server: name, pid: child.pid }, `${name} runs but ${failure.message}`);
    }
  }
}
