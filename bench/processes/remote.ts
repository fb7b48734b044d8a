/**
 * A process of the bench's own that serves calls over its channel: so that the generator and the receiver share no
 * event loop with each other or with the bench. The process ends when the bench does, however that ends.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a process serves: functions of one argument, by name. */
type Services = Readonly<Record<string, (argument: never) => unknown>>;

/** The process, as the bench sees it. */
export interface Remote<Served extends Services> {
  readonly pid: number;
  /** Calls a service. Throws what the service threw, or that the process has ended. */
  readonly call: <Name extends keyof Served & string>(
    name: Name,
    argument: Parameters<Served[Name]>[0],
  ) => Promise<Awaited<ReturnType<Served[Name]>>>;
  readonly stop: () => Promise<void>;
}

interface Call {
  readonly number: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Reply {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** How to start a process. */
export interface RemoteOptions {
  /** True when Ctrl-C must not reach what the process starts. */
  readonly isDetached?: boolean;
}

/** Starts a process on a module that calls `serveRemote`. */
export function startRemote<Served extends Services>(
  module: URL,
  { isDetached = false }: RemoteOptions = {},
): Remote<Served> {
  const path = fileURLToPath(module);
  const child = fork(path, {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: isDetached,
  });
  if (child.pid === undefined) throw new Error(`${path} could not be started`);
  const ended = once(child, 'exit');
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  child.on('message', (message) => {
    const { number, result, error } = message as Reply;
    const call = waiting.get(number);
    waiting.delete(number);
    if (error === undefined) call?.resolve(result as never);
    else call?.reject(new Error(error));
  });
  child.on('exit', (status, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${path} ended (${status ?? signal})`));
    waiting.clear();
  });
  return {
    pid: child.pid,
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error(`${path} has ended`));
        calls += 1;
        waiting.set(calls, { resolve, reject });
        child.send({ number: calls, name, argument } satisfies Call);
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await ended;
    },
  };
}

/**
 * Serves calls until the bench lets go of this process.
 *
 * @param close what is to be ended in order before the process ends
 */
export function serveRemote(services: Services, close: () => Promise<void> = async () => undefined): void {
  // Whoever asked may be gone by now, and what was begun must still be ended in order.
  const reply = (message: Reply): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  process.on('message', (message) => {
    const { number, name, argument } = message as Call;
    void (async () => {
      try {
        reply({ number, result: await services[name]?.(argument as never) });
      } catch (error) {
        reply({ number, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      }
    })();
  });
  process.on('disconnect', () => {
    void close().finally(() => process.exit(0));
  });
  // Ctrl-C reaches the whole group: the bench, which hears it too, decides what is stopped when.
  process.on('SIGINT', () => undefined);
}
