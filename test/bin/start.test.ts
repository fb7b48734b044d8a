import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isAlive } from '#platform/embedded/process-identity.ts';
import { firstRepository } from '../../bin/local/first-hook.ts';
import { createApiClient } from '../../bin/api-client.ts';
import { eventually } from '../support/eventually.ts';
import { serverPid, startInstallation, type Installation } from '../support/installation.ts';
import { plainPayload } from '../support/make.ts';
import { startReceiver } from '../support/receiver.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** Everything must have stopped within this. */
const stopDeadlineMs = 10_000;

const hasEnded = ({ process: { exitCode, signalCode } }: Installation): boolean =>
  exitCode !== null || signalCode !== null;

const pidsOf = async (dataDir: string): Promise<readonly number[]> =>
  Promise.all([serverPid(dataDir, 'postgres'), serverPid(dataDir, 'temporal')]);

describe('npm start', function () {
  this.timeout(120_000);

  let dataDir: string;
  let running: Installation | undefined;

  /** The installation that runs, or a new one: a start takes seconds, so tests that leave it running share it. */
  const start = async (): Promise<Installation> => {
    if (running === undefined || hasEnded(running)) running = await startInstallation(dataDir);
    return running;
  };
  const stop = async (): Promise<void> => {
    if (running !== undefined && !hasEnded(running)) await running.end('SIGTERM');
  };

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'holdfast-start-'));
  });
  after(async () => {
    await stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('prints a command that delivers a first event when it is pasted', async () => {
    const { output } = await start();
    const [command] = /^ {2}curl [^]*?\}\}'$/m.exec(output()) ?? [];

    const { stdout } = await run('bash', ['-c', command ?? 'exit 9']);

    assert.equal(JSON.parse(stdout).data.type, 'star.added');
    await eventually('the receiver prints it', async () =>
      output().includes('its signature is right') ? true : undefined,
    );
    assert.match(output(), /Temporal UI +http:\/\/127\.0\.0\.1:\d+/);
    assert.match(output(), /never may/);
  });

  it('says that it is running already when it is started twice', async () => {
    const first = await start();

    await assert.rejects(
      startInstallation(dataDir),
      new RegExp(`running already on .* \\(process ${first.process.pid}\\)`),
    );

    const answer = await fetch(`${first.addresses.api}/readyz`);
    assert.equal(answer.status, 200);
  });

  it('runs beside another one with a data folder of its own', async () => {
    const otherDir = await mkdtemp(join(tmpdir(), 'holdfast-second-'));
    const first = await start();
    const second = await startInstallation(otherDir);

    const places = [first.addresses, second.addresses].flatMap(
      ({ api, temporal, temporalUi, databaseUrl }) => [api, temporal, temporalUi, databaseUrl],
    );
    assert.equal(new Set(places).size, places.length);

    await second.end('SIGTERM');
    await rm(otherDir, { recursive: true, force: true });
  });

  it('goes on when nobody reads what it prints any more', async () => {
    const { process: child, addresses, secrets } = await start();
    child.stdout?.destroy();
    child.stderr?.destroy();
    const api = createApiClient(addresses.api, secrets.ownerToken);

    const event = '/api/repositories/demo/hello/events/star.added';
    const { data } = await api.call<{ data: { deliveries: { id: string }[] } }>(
      'POST',
      event,
      plainPayload(firstRepository),
    );

    await eventually('it delivers, which it would print', async () => {
      const path = `/api/deliveries/${data.deliveries[0]?.id}`;
      const { data: delivery } = await api.call<{ data: { state: string } }>('GET', path);
      return delivery.state === 'delivered' ? true : undefined;
    });
    assert.equal(child.exitCode, null);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`stops everything within ten seconds of ${signal}, also while a receiver hangs`, async () => {
      const installation = await start();
      const pids = await pidsOf(dataDir);
      const receiver = await startReceiver();
      receiver.answer(() => undefined);
      const api = createApiClient(installation.addresses.api, installation.secrets.ownerToken);
      await api.call('POST', '/api/repositories/demo/hello/webhooks', {
        url: receiver.url,
        events: ['star.added'],
      });
      await api.call('POST', '/api/repositories/demo/hello/events/star.added', plainPayload(firstRepository));
      await receiver.arrived(1);

      const { status, ms } = await installation.end(signal);

      assert.equal(status, 0);
      assert.ok(ms < stopDeadlineMs, `it took ${ms} ms`);
      assert.deepEqual(pids.filter(isAlive), []);
      assert.ok(!existsSync(join(dataDir, 'addresses.json')));
      await receiver.stop();
    });
  }

  it('says which port is taken', async () => {
    await stop();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    await assert.rejects(startInstallation(dataDir, { HOLDFAST_PORT: String(port) }), /HOLDFAST_PORT/);

    other.close();
    assert.ok(!existsSync(join(dataDir, 'addresses.json')));
  });

  it('cleans up after a process that was killed, and keeps what it knew', async () => {
    const killed = await start();
    const left = await pidsOf(dataDir);
    await killed.end('SIGKILL');
    assert.deepEqual(left.map(isAlive), [true, true]);

    const next = await start();

    const now = await pidsOf(dataDir);
    assert.deepEqual(left.filter(isAlive), []);
    assert.equal(next.secrets.platformToken, killed.secrets.platformToken);
    const api = createApiClient(next.addresses.api, next.secrets.platformToken);
    const { data } = await api.call<{ data: { name: string } }>('GET', '/api/repositories/demo/hello');
    assert.equal(data.name, 'hello');
    await next.end('SIGTERM');
    assert.deepEqual(now.filter(isAlive), []);
  });

  const startByNpm = async (): Promise<ChildProcess> => {
    await stop();
    const npm = spawn('npm', ['start'], {
      cwd: root,
      detached: true,
      env: { ...process.env, HOLDFAST_DATA_DIR: dataDir, HOLDFAST_PORT: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    npm.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await eventually(
      'it is ready',
      async () => (printed.includes('Ctrl-C stops') ? true : undefined),
      60_000,
    );
    return npm;
  };

  const allStopped = (pids: readonly number[]): Promise<true> =>
    eventually(
      'its servers have stopped',
      async () => (pids.some(isAlive) ? undefined : true),
      stopDeadlineMs,
    );

  it('stops in order when a Ctrl-C reaches npm and what it started alike', async () => {
    const npm = await startByNpm();
    const pids = await pidsOf(dataDir);

    process.kill(-(npm.pid as number), 'SIGINT');
    await once(npm, 'exit');

    await allStopped(pids);
    assert.ok(!existsSync(join(dataDir, 'addresses.json')));
  });

  it('gives way to the next start when the npm that started it is killed', async () => {
    const npm = await startByNpm();
    const pids = await pidsOf(dataDir);

    npm.kill('SIGKILL');
    await start();

    assert.deepEqual(pids.filter(isAlive), []);
  });
});
