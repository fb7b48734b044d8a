import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, namedPayload, plainPayload, sendEvent } from '../support/make.ts';
import { post, signedBy } from './receiving.ts';

const root = resolve(import.meta.dirname, '../..');

/** An example that runs in a process of its own. */
interface Example {
  readonly url: string;
  readonly port: number;
  /** What it has written since it listens. */
  readonly lines: () => readonly string[];
  /** Sends SIGTERM and answers the exit code. */
  readonly stop: () => Promise<number | null>;
}

async function startExample(name: string, env: Readonly<Record<string, string>>): Promise<Example> {
  const path = resolve(root, `receiver/examples/${name}.ts`);
  const child: ChildProcess = spawn(process.execPath, [path], { env: { PORT: '0', ...env }, stdio: 'pipe' });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const stderr = child.stderr === null ? Promise.resolve('') : text(child.stderr);
  const exited = new Promise<number | null>((done) => {
    child.once('close', (code) => done(code));
  });
  const listening = eventually(
    `${name} listens`,
    async () => /^Listening on (?<url>\S+)$/m.exec(output)?.groups,
  );
  const dead = exited.then(async () => assert.fail(await stderr));
  const { url = '' } = (await Promise.race([listening, dead])) ?? {};
  return {
    url: `${url}/hook`,
    port: Number(new URL(url).port),
    lines: () => output.trim().split('\n').slice(1),
    stop: async () => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(child.pid, 'SIGTERM');
      return exited;
    },
  };
}

const body = Buffer.from('{"name":"grüße 🦜"}');

for (const name of ['node-http', 'koa']) {
  describe(`the example ${name}`, () => {
    const [oldSecret, newSecret] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
    let example: Example;
    const statusOf = async (headers: Record<string, string>, bytes: Uint8Array = body): Promise<number> =>
      (await post(example, bytes, headers)).status;

    before(async () => {
      example = await startExample(name, {
        HOOK_SECRETS: `${newSecret},${oldSecret}`,
        ALLOW_FROM: '127.0.0.1,198.51.100.0/24',
        TRUSTED_PROXIES: '127.0.0.1',
      });
    });
    after(() => example.stop());

    it('answers 204 to what is signed, and works on each delivery once', async () => {
      const known = example.lines().length;

      const statuses = [
        await statusOf(signedBy.sigmagit(body, 'a', { key: newSecret })),
        await statusOf(signedBy.sigmagit(body, 'a', { key: newSecret })),
        await statusOf(signedBy.sigmagit(body, 'b', { key: oldSecret })),
        await statusOf(signedBy.hub(body, 'c', { key: newSecret })),
        await statusOf(signedBy.standard(body, 'd', { key: oldSecret })),
      ];

      assert.deepEqual(statuses, [204, 204, 204, 204, 204]);
      await eventually('all four deliveries are worked on', async () => example.lines()[known + 3]);
      assert.deepEqual(
        example.lines().slice(known),
        ['star.added a', 'star.added b', 'watch c', 'undefined d'].map(
          (line) => `${line} ${body.length} bytes`,
        ),
      );
    });

    it('answers 401 to what is not signed, or to one changed byte, and does nothing', async () => {
      const known = example.lines().length;
      const tampered = Uint8Array.from(body);
      tampered[2] = (tampered[2] ?? 0) ^ 1;

      const statuses = [await statusOf({})];
      for (const sign of Object.values(signedBy)) {
        statuses.push(await statusOf(sign(body, 'e', { key: newSecret }), tampered));
        statuses.push(await statusOf(sign(body, 'e', { key: 'another secret' })));
      }

      assert.deepEqual(statuses, [401, 401, 401, 401, 401, 401, 401]);
      // What it wrote came before this in the same pipe.
      await statusOf(signedBy.hub(body, 'f', { key: newSecret }));
      await eventually('the last delivery is worked on', async () => example.lines()[known]);
      assert.deepEqual(example.lines().slice(known), [`watch f ${body.length} bytes`]);
    });

    it('answers 403 to a client that is not allowed, and believes only the proxy', async () => {
      const headers = signedBy.standard(body, 'g', { key: newSecret });
      const via = (forwarded: string): Promise<number> =>
        statusOf({ ...headers, 'X-Forwarded-For': forwarded });

      assert.equal(await via('203.0.113.9'), 403);
      assert.equal(await via('198.51.100.7, 203.0.113.9'), 403);
      assert.equal(await via('203.0.113.9, 198.51.100.7'), 204);
    });

    it('answers 405 to any other method', async () => {
      const response = await fetch(example.url);

      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'POST');
    });

    it('answers 413 to a body over its limit, whether it is announced or not', async () => {
      const large = Buffer.alloc(1024 * 1024 + 1);

      const announced = await statusOf(signedBy.hub(large, 'h', { key: newSecret }), large);
      const chunked = await statusOfChunked(example.port, large);

      assert.deepEqual([announced, chunked], [413, 413]);
    });

    it('takes only the signatures that it is told to, and ends by itself when it is told to stop', async () => {
      const other = await startExample(name, { HOOK_SECRETS: newSecret, HOOK_FAMILIES: 'standard' });

      const weak = await post(other, body, signedBy.sigmagit(body, 'i', { key: newSecret }));
      const strict = await post(other, body, signedBy.standard(body, 'i', { key: newSecret }));

      assert.deepEqual([weak.status, strict.status], [401, 204]);
      assert.equal(await other.stop(), 0);
    });

    it('refuses to start without a secret, or with a signature that it does not know', async () => {
      await assert.rejects(startExample(name, { HOOK_SECRETS: '' }), /HOOK_SECRETS is missing/);
      const env = { HOOK_SECRETS: newSecret, HOOK_FAMILIES: 'standard,md5' };
      await assert.rejects(startExample(name, env), /Not a family of signatures: md5/);
    });
  });
}

/** Posts a body without saying how long it is, and answers the status of the reply. */
function statusOfChunked(port: number, bytes: Buffer): Promise<number> {
  return new Promise((done, reject) => {
    let reply = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write('POST /hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      socket.write(`${bytes.length.toString(16)}\r\n`);
      socket.write(bytes);
    });
    socket.setEncoding('utf8').setTimeout(10_000, () => socket.destroy(new Error('no reply')));
    socket.on('data', (chunk: string) => {
      reply += chunk;
      const status = /^HTTP\/1\.1 (?<status>\d{3})/.exec(reply)?.groups?.['status'];
      if (status === undefined) return;
      socket.destroy();
      done(Number(status));
    });
    socket.on('error', reject);
  });
}

describe('a delivery of Holdfast', () => {
  let holdfast: TestHoldfast;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startHoldfast();
  });
  after(() => holdfast?.stop());

  const cases = [
    ['node-http', 'standard', 'sigmagit', 'star.added'],
    ['koa', 'sigmagit', 'sigmagit', 'star.added'],
    ['node-http', 'hub', 'socialgateway', 'watch'],
    ['koa', 'hub', 'socialgateway', 'watch'],
  ] as const;
  for (const [name, family, format, eventName] of cases) {
    it(`is accepted by the example ${name}, by its ${family} signature`, async function () {
      this.timeout(60_000);
      const repository = await makeRepository(holdfast);
      // The example must know the secret before the hook can know where it listens.
      const hook = await makeHook(holdfast, repository, {
        url: 'https://example.com/',
        events: ['star.added'],
        format,
      });
      const example = await startExample(name, { HOOK_SECRETS: hook.secret, HOOK_FAMILIES: family });
      try {
        const { token } = repository;
        const change = { token, body: { url: example.url } };
        const { status } = await holdfast.call('PATCH', `/api/webhooks/${hook.id}`, change);
        assert.equal(status, 200);
        const reported = family === 'hub' ? namedPayload(repository, 'started') : plainPayload(repository);
        const payload = JSON.stringify({ ...reported, note: 'smörgåsbord 🦜' });

        const event = await sendEvent(holdfast, repository, 'star.added', payload);

        const id = event.deliveries[0]?.id;
        const line = await eventually('the example works on it', async () => example.lines()[0], 30_000);
        assert.equal(line, `${eventName} ${id} ${Buffer.byteLength(payload)} bytes`);
      } finally {
        await example.stop();
      }
    });
  }
});
