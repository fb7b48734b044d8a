import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

import { findFreePort, isPortFree } from '#platform/embedded/free-port.ts';
import { listensOn } from '#platform/embedded/port-owner.ts';
import { isAlive } from '#platform/embedded/process-identity.ts';
import { startServer, type ServerOptions } from '#platform/embedded/server-process.ts';
import { makeLog, makeScratch, until } from './scratch.ts';

const scratch = makeScratch();

/** A shell script as the server; it is ready once it has written `ready` into its folder. */
function makeOptions(script: string, more: Partial<ServerOptions> = {}): ServerOptions {
  const folder = scratch.folder();
  return {
    name: 'Stub',
    command: '/bin/sh',
    args: ['-c', script, folder],
    env: { ...process.env, FOLDER: folder },
    dataPath: folder,
    pidFile: join(folder, 'pid'),
    logFile: join(folder, 'log'),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 500,
    readyTimeoutMs: 10_000,
    isReady: async () => assert.ok(existsSync(join(folder, 'ready')), 'not ready yet'),
    log: makeLog(),
    ...more,
  };
}

const SERVE = 'touch "$FOLDER/ready"; while :; do sleep 0.05; done';

describe('a supervised server', () => {
  afterEach(() => scratch.clear());

  it('notes its pid and command, logs to its file and leaves no timer behind', async () => {
    const options = makeOptions(`echo hello; ${SERVE}`);

    const server = await startServer(options);
    const note = readFileSync(options.pidFile, 'utf8');
    const text = readFileSync(options.logFile, 'utf8');
    const { pid } = server;
    await server.stop();

    assert.equal(note, `${pid}\n/bin/sh\n`);
    assert.equal(text, 'hello\n');
    assert.equal(statSync(options.logFile).mode & 0o777, 0o600);
    assert.equal(existsSync(options.pidFile), false);
    assert.equal(isAlive(pid ?? 0), false);
    const timers = process.getActiveResourcesInfo().filter((it) => it === 'Timeout');
    // One is mocha's own, for this test.
    assert.ok(timers.length <= 1, `${timers.length} timers`);
  });

  it('is killed when it does not heed its stop signal', async () => {
    const server = await startServer(makeOptions(`trap "" TERM; ${SERVE}`));
    const { pid } = server;

    await server.stop();

    assert.equal(isAlive(pid ?? 0), false);
  });

  it('fails its start with the end of its log when it keeps dying', async () => {
    const log = makeLog();
    const options = makeOptions('echo "cannot read the stars" >&2; exit 3', { log, readyTimeoutMs: 1_000 });

    await assert.rejects(startServer(options), /exit code 3[\s\S]*cannot read the stars/u);
    assert.ok(log.messages.length >= 2, 'it is tried again a few times');
  });

  it('fails its start at once when the command does not exist', async () => {
    const begun = performance.now();

    await assert.rejects(startServer(makeOptions('', { command: '/nowhere/server' })), /ENOENT/u);
    assert.ok(performance.now() - begun < 2_000);
  });

  it('fails its start and is stopped when it never answers', async () => {
    const options = makeOptions('while :; do sleep 0.05; done', { readyTimeoutMs: 300 });

    await assert.rejects(startServer(options), /does not answer: not ready yet/u);
    const shown = spawn('pgrep', ['-f', options.dataPath]);
    const code = await new Promise((resolve) => shown.once('exit', resolve));
    assert.equal(code, 1, 'nothing of it runs');
  });

  it('is tried again at its start when it dies at first', async () => {
    const server = await startServer(
      makeOptions(`[ -e "$FOLDER/tried" ] || { touch "$FOLDER/tried"; exit 1; }; ${SERVE}`),
    );

    assert.equal(isAlive(server.pid ?? 0), true);
    await server.stop();
  });

  it('waits longer after each death, and no longer than five seconds', async () => {
    const pauses: number[] = [];
    const log = {
      ...makeLog(),
      error: (fields: object) => void pauses.push((fields as { pauseMs: number }).pauseMs),
    };
    const options = makeOptions('[ -e "$FOLDER/dead" ] && exit 1; touch "$FOLDER/ready"; sleep 0.3', { log });
    const server = await startServer(options);

    writeFileSync(join(options.dataPath, 'dead'), '');
    await until(() => pauses.length === 3, 'three deaths');
    await server.stop();

    assert.deepEqual(pauses.slice(0, 3), [200, 400, 800]);
  });

  it('begins its log afresh above ten MiB', async () => {
    const options = makeOptions(`echo hello; ${SERVE}`);
    writeFileSync(options.logFile, 'old\n');
    truncateSync(options.logFile, 11 * 1024 * 1024);

    const server = await startServer(options);
    await server.stop();

    assert.equal(readFileSync(options.logFile, 'utf8'), 'hello\n');
  });

  it('does not stop a process of the same command that works on other data', async () => {
    const other = spawn('/bin/sh', ['-c', 'sleep 60', scratch.folder()]);
    scratch.later(() => other.kill('SIGKILL'));
    const options = makeOptions(SERVE);
    writeFileSync(options.pidFile, `${other.pid}\n/bin/sh\n`);

    const server = await startServer(options);
    await server.stop();

    assert.equal(other.signalCode, null);
    assert.equal(isAlive(other.pid ?? 0), true);
  });
});

describe('ports', () => {
  afterEach(() => scratch.clear());

  async function listen(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    scratch.later(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  it('are free or not, and the preferred one is taken only when free', async () => {
    const busy = await listen();

    const found = await findFreePort(busy);

    assert.equal(await isPortFree(busy), false);
    assert.equal(await isPortFree(found), true);
    assert.ok(found >= 20_000 && found < 32_768);
    assert.equal(await findFreePort(found), found);
    assert.notEqual(await findFreePort(found, [found]), found);
  });

  it('belong to the process that listens', async () => {
    const busy = await listen();
    const other = spawn('sleep', ['60']);
    scratch.later(() => other.kill('SIGKILL'));

    assert.equal(listensOn(process.pid, busy), true);
    assert.equal(listensOn(other.pid ?? 0, busy), false);
    assert.equal(listensOn(process.pid, await findFreePort(undefined)), false);
  });
});
