/**
 * Holdfast inside the test process: API and engine on a database and a task queue of their own, on the shared servers.
 * Hooks may reach loopback, as with `npm start`.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { startApi } from '#api/start-api.ts';
import type { SweepTimes } from '#dispatch/sweep.ts';
import { readConfig, type Config } from '#platform/config.ts';
import { createLog } from '#platform/log.ts';
import { connectTemporal, type TemporalClient } from '#platform/temporal.ts';
import { bundleWorkflows } from '#worker/bundle-workflows.ts';
import { installRuntime } from '#worker/runtime.ts';
import { startEngine } from '#worker/start-engine.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { servers } from './servers.ts';

/** A running Holdfast. */
export interface TestHoldfast {
  readonly url: string;
  readonly config: Config;
  readonly database: TestDatabase;
  readonly temporal: TemporalClient;
  readonly platformToken: string;
  /** Calls the API. A text body is sent as it is, anything else as JSON. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  readonly stop: () => Promise<void>;
}

/** How to call the API. */
export interface CallOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the API answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed, or undefined when it is not JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into replies of many shapes
  readonly body: any;
}

/** What to run, and how. */
export interface TestOptions {
  /** False for the API alone. */
  readonly engine?: boolean;
  readonly sweepTimes?: SweepTimes;
  /** Variables beside the ones every test needs. */
  readonly env?: Readonly<Record<string, string>>;
}

let bundle: ReturnType<typeof bundleWorkflows> | undefined;

/** The workflows, bundled once for the whole run; with them the SDK's runtime, which only workers need, is set up. */
export function testBundle(): ReturnType<typeof bundleWorkflows> {
  if (bundle === undefined) {
    installRuntime(createLog(process.env['HOLDFAST_LOG_LEVEL'] ?? 'silent'));
    bundle = bundleWorkflows();
  }
  return bundle;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Starts Holdfast for a test file. */
export async function startHoldfast(options: TestOptions = {}): Promise<TestHoldfast> {
  const { temporalAddress } = await servers();
  const database = await createTestDatabase();
  const platformToken = `hf_${randomUUID()}`;
  const config = readConfig({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_TASK_QUEUE: `test-${randomUUID()}`,
    HOLDFAST_PORT: '0',
    HOLDFAST_PLATFORM_TOKEN: platformToken,
    HOLDFAST_ENCRYPTION_KEYS: `test:${randomBytes(32).toString('base64')}`,
    HOLDFAST_ALLOW_TARGETS: '127.0.0.0/8,::1,localhost',
    ...options.env,
  });
  const log = createLog(process.env['HOLDFAST_LOG_LEVEL'] ?? 'silent');
  const temporal = connectTemporal(config.temporal);
  const engine =
    options.engine === false
      ? undefined
      : await startEngine({
          config,
          database,
          temporal,
          log,
          bundle: testBundle(),
          graceMs: 1000,
          ...(options.sweepTimes === undefined ? {} : { sweepTimes: options.sweepTimes }),
        });
  const announceWaiting = engine?.noteWaiting ?? (() => undefined);
  const api = await startApi({ config, database, temporal, log, announceWaiting });
  await engine?.ready;
  return {
    url: api.url,
    config,
    database,
    temporal,
    platformToken,
    call: async (method, path, { token = platformToken, body, headers = {} } = {}) => {
      const response = await fetch(new URL(path, api.url), {
        method,
        headers: {
          ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : {
              body:
                typeof body === 'string' || body instanceof Uint8Array
                  ? (body as string)
                  : JSON.stringify(body),
            }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: parse(text) };
    },
    stop: async () => {
      await api.stop();
      await engine?.stop();
      await temporal.close();
      await database.drop();
    },
  };
}
