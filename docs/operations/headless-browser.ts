/**
 * A headless Chromium for pictures of web pages, spoken to by its own protocol over a WebSocket: opens a page, waits for
 * what must be seen on it, takes the picture. Uses a profile of its own, which goes with it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A picture to be taken. */
export interface Picture {
  readonly url: string;
  /** JavaScript that is true once the page shows what the picture is for. */
  readonly shows: string;
}

/** A running browser. */
export interface HeadlessBrowser {
  /** Answers a PNG. Throws the page's text when it does not show in time what it must. */
  readonly picture: (picture: Picture) => Promise<Buffer>;
  readonly stop: () => Promise<void>;
}

const size = { width: 1400, height: 900 } as const;
const startMs = 30_000;
const showMs = 60_000;
const callMs = 30_000;
/** A page's animations end in this time. */
const calmMs = 1500;

const switches = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--remote-debugging-port=0',
  `--window-size=${size.width},${size.height}`,
];

/** Starts the browser named, a command or a path. */
export async function startBrowser(command: string): Promise<HeadlessBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'holdfast-browser-'));
  const child = spawn(command, [...switches, `--user-data-dir=${profile}`], {
    // The time in the pictures is the same wherever they are taken.
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const connection = await connect(await addressOf(child));
    return {
      picture: (picture) => take(connection, picture),
      stop: async () => {
        connection.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Where it listens, which it says when it has started. */
async function addressOf(child: ChildProcess): Promise<string> {
  let said = '';
  const signal = AbortSignal.timeout(startMs);
  const found = Promise.withResolvers<string>();
  child.once('error', found.reject);
  child.once('exit', (code) => found.reject(new Error(`The browser ended with ${code}:\n${said}`)));
  signal.addEventListener('abort', () => found.reject(new Error(`The browser does not start:\n${said}`)));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-10_000);
    const address = /^DevTools listening on (ws:\S+)$/m.exec(said)?.[1];
    if (address !== undefined) found.resolve(address);
  });
  return found.promise;
}

/** Calls the browser; with a session, one of its pages. */
interface Protocol {
  readonly call: <Answer>(method: string, params?: object, sessionId?: string) => Promise<Answer>;
  readonly close: () => void;
}

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

async function connect(address: string): Promise<Protocol> {
  const socket = new WebSocket(address);
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Reply;
    const call = pending.get(id ?? 0);
    if (call === undefined) return;
    pending.delete(id ?? 0);
    if (error === undefined) call.resolve(result);
    else call.reject(new Error(error.message));
  });
  socket.addEventListener('close', () => {
    for (const { reject } of pending.values()) reject(new Error('The browser has gone'));
  });
  await once(socket, 'open', { signal: AbortSignal.timeout(startMs) });
  return {
    call: async <Answer>(method: string, params: object = {}, sessionId?: string) => {
      const answer = Promise.withResolvers<unknown>();
      last += 1;
      pending.set(last, answer);
      socket.send(JSON.stringify({ id: last, method, params, sessionId }));
      const deadline = setTimeout(() => answer.reject(new Error(`${method} takes too long`)), callMs);
      try {
        return (await answer.promise) as Answer;
      } finally {
        clearTimeout(deadline);
      }
    },
    close: () => socket.close(),
  };
}

async function take({ call }: Protocol, { url, shows }: Picture): Promise<Buffer> {
  const { targetId } = await call<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  try {
    const attach = { targetId, flatten: true };
    const { sessionId } = await call<{ sessionId: string }>('Target.attachToTarget', attach);
    const evaluate = async (expression: string): Promise<unknown> => {
      const params = { expression, awaitPromise: true, returnByValue: true };
      const answer = await call<{ result: { value?: unknown } }>('Runtime.evaluate', params, sessionId);
      return answer.result.value;
    };
    await call('Page.enable', {}, sessionId);
    const metrics = { ...size, deviceScaleFactor: 1, mobile: false };
    await call('Emulation.setDeviceMetricsOverride', metrics, sessionId);
    await call('Page.navigate', { url }, sessionId);
    const deadline = Date.now() + showMs;
    while ((await evaluate(shows)) !== true) {
      if (Date.now() > deadline)
        throw new Error(
          `${url} never showed ${shows}:\n${String(await evaluate('document.body.innerText'))}`,
        );
      await delay(100);
    }
    await delay(calmMs);
    const { data } = await call<{ data: string }>('Page.captureScreenshot', { format: 'png' }, sessionId);
    return Buffer.from(data, 'base64');
  } finally {
    await call('Target.closeTarget', { targetId });
  }
}
