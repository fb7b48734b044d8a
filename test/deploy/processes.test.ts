import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { verifySignature } from '#receiver/verify-signature.ts';
import { findFreePort } from '#platform/embedded/free-port.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { plainPayload } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { servers } from '../support/servers.ts';
import { startChild, type Child, type Ending } from './child.ts';
import { interpolate, readComposeFile, type Variables } from './compose-file.ts';
import { layOutImage, type Image } from './image.ts';

/** What an operator would write into `.env`. */
const variables: Variables = {
  POSTGRES_PASSWORD: 'a-password',
  HOLDFAST_PLATFORM_TOKEN: `hf_${randomUUID()}`,
  HOLDFAST_ENCRYPTION_KEYS: `key1:${randomBytes(32).toString('base64')}`,
  HOLDFAST_ALLOW_TARGETS: '127.0.0.0/8',
  TEMPORAL_TASK_QUEUE: `deploy-${randomUUID()}`,
};

describe('the services of docker-compose.yml', () => {
  const { services } = interpolate(readComposeFile(), variables);
  const images = new Map<string, Image>();
  const children = new Map<string, Child>();
  let database: { readonly url: string; readonly drop: () => Promise<void> };
  let temporalAddress: string;
  let port: number;
  let receiver: Receiver;

  before(async function () {
    this.timeout(60_000);
    database = await createEmptyDatabase();
    ({ temporalAddress } = await servers());
    port = await findFreePort(23_400, []);
    receiver = await startReceiver();
    for (const target of ['api', 'worker']) images.set(target, await layOutImage(target));
  });
  after(async function () {
    this.timeout(60_000);
    await Promise.all([...children.values()].map((child) => child.stop(10_000)));
    await Promise.all([...images.values()].map((image) => image.remove()));
    await receiver?.stop();
    await database?.drop();
  });

  /** What a container would see, with the addresses of the test's servers in place of the services' names. */
  const environmentOf = (name: string): NodeJS.ProcessEnv => {
    const { build, environment = {} } = services[name] ?? assert.fail(`no service ${name}`);
    const image = images.get(build?.target ?? '') ?? assert.fail(`no image of ${name}`);
    const given: Record<string, string> = { ...image.stage.environment, ...environment };
    assert.equal(
      given['DATABASE_URL'],
      `postgresql://holdfast:${variables['POSTGRES_PASSWORD']}@postgres:5432/holdfast`,
    );
    return {
      ...given,
      DATABASE_URL: database.url,
      ...(given['TEMPORAL_ADDRESS'] === 'temporal:7233' ? { TEMPORAL_ADDRESS: temporalAddress } : {}),
      ...(given['HOLDFAST_PORT'] === '3400' ? { HOLDFAST_PORT: String(port) } : {}),
    };
  };

  const start = (name: string, words?: readonly string[]): Child => {
    const { build, command } = services[name] ?? assert.fail(`no service ${name}`);
    const image = images.get(build?.target ?? '') ?? assert.fail(`no image of ${name}`);
    const [node, ...args] = words ?? command ?? image.stage.command ?? [];
    assert.equal(node, 'node');
    const child = startChild([process.execPath, ...args], { cwd: image.folder, env: environmentOf(name) });
    children.set(words === undefined ? name : randomUUID(), child);
    return child;
  };

  const probe = (path: string): Promise<Ending> => start('api', ['node', 'deploy/probe.ts', path]).ended;

  const call = async (method: string, path: string, token = '', body?: unknown): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return (JSON.parse(text) as { data: unknown }).data;
  };

  it('migrate an empty database and one that is up to date', async () => {
    const first = await start('migrate').ended;
    const second = await start('migrate').ended;

    assert.deepEqual([first.code, second.code], [0, 0], first.output + second.output);
    assert.match(first.output, /^Migrated: /m);
    assert.equal(second.output, 'The schema is up to date\n');
  });

  it('are found unhealthy as long as no API runs', async () => {
    const { code, output } = await probe('/healthz');

    assert.equal(code, 1, output);
  });

  it('come up, and are found healthy by their own check', async function () {
    this.timeout(60_000);
    const api = start('api');
    const worker = start('worker');
    const ended = Promise.race([api.ended, worker.ended]).then(({ output }) => assert.fail(output));

    const isReady = async (): Promise<true | undefined> => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      return response?.status === 200 ? true : undefined;
    };
    await Promise.race([eventually('the API is ready', isReady, 50_000), ended]);

    const { test: [kind, ...command] = [] } = services['api']?.healthcheck ?? {};
    assert.equal(kind, 'CMD');
    const { code, output } = await start('api', command).ended;
    assert.equal(code, 0, output);
  });

  it('deliver an event', async function () {
    this.timeout(60_000);
    const platform = variables['HOLDFAST_PLATFORM_TOKEN'];
    const [owner, name] = ['olive', 'hello'];
    await call('PUT', `/api/repositories/${owner}/${name}`, platform, {});
    const { token } = (await call('POST', '/api/tokens', platform, {
      username: owner,
      scopes: ['write:repo_hook', 'events:write', 'read:repo_hook'],
    })) as { token: string };
    const hook = (await call('POST', `/api/repositories/${owner}/${name}/webhooks`, token, {
      url: receiver.url,
      events: ['star.added'],
    })) as { secret: string };

    await call(
      'POST',
      `/api/repositories/${owner}/${name}/events/star.added`,
      token,
      plainPayload({ owner, name }),
    );

    const [arrival] = await receiver.arrived(1, { deadlineMs: 45_000 });
    const signature = arrival?.headers['x-sigmagit-signature'] as string;
    assert.ok(verifySignature(arrival?.body as Buffer, signature, hook.secret));
  });

  for (const name of ['worker', 'api']) {
    it(`lets the ${name} stop in order, within the time it is given`, async function () {
      const grace = Number.parseInt(services[name]?.stop_grace_period ?? '', 10) * 1000;
      this.timeout(grace + 10_000);
      const child = children.get(name) ?? assert.fail(`${name} does not run`);

      const { code, signal, output } = await child.stop(grace);

      assert.deepEqual([code, signal], [0, null], output);
    });
  }

  it('says what is missing, and ends, when a variable that is needed is not there', async () => {
    const image = images.get('api') ?? assert.fail('no image');
    const environment = { ...environmentOf('api'), HOLDFAST_ENCRYPTION_KEYS: '' };

    const { code, output } = await startChild([process.execPath, 'api/main.ts'], {
      cwd: image.folder,
      env: environment,
    }).ended;

    assert.equal(code, 1);
    assert.match(output, /HOLDFAST_ENCRYPTION_KEYS: is missing/);
  });
});
