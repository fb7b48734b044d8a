import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');

const consumer = `
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import {
  clientAddress,
  createAllowList,
  createKoaReceiver,
  createReceiver,
  readBody,
  verifyHubRequest,
  verifyRequest,
  verifySignature,
  verifyStandardRequest,
  type Delivery,
} from '@holdfast/receiver';

const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
const body = Buffer.from('Hello, World!');
assert.equal(verifySignature(body, header, "It's a Secret to Everybody"), true);
assert.equal(verifyHubRequest(body, { 'x-hub-signature-256': header }, "It's a Secret to Everybody"), true);
const standard = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const options = { nowMs: 1614265330000 };
const bytes = Buffer.from('{"test": 2432232314}');
assert.equal(verifyStandardRequest(bytes, standard, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', options), true);
const list = createAllowList(['192.0.2.0/24', '2001:db8::/32']);
assert.deepEqual(
  ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '192.0.3.1', '::1'].map((address) => list.has(address)),
  [true, true, true, false, false],
);
const seen: Delivery[] = [];
const handle = (delivery: Delivery): void => void seen.push(delivery);
const server = createServer(
  createReceiver({ secrets: "It's a Secret to Everybody", families: ['hub'], allowFrom: ['127.0.0.1'] }, handle),
);
await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
const { port } = server.address() as { port: number };
const sent = { 'X-Hub-Signature-256': header, 'X-GitHub-Delivery': 'a', Connection: 'close' };
for (const given of ['Hello, World!', 'Hello, World!', 'Hello, World?']) {
  const init = { method: 'POST', body: Buffer.from(given), headers: sent };
  const { status } = await fetch('http://127.0.0.1:' + port, init);
  assert.equal(status, given === 'Hello, World!' ? 204 : 401);
}
assert.deepEqual(seen.map(({ id }) => id), ['a']);
server.close();
assert.equal(typeof createKoaReceiver({ secrets: 'a secret' }), 'function');
export const receive = async (request: IncomingMessage): Promise<boolean> =>
  verifyRequest(await readBody(request), request.headers, 'a secret') &&
  clientAddress(request, { trustedProxies: createAllowList([]) }) !== undefined;
`;

describe('the package @holdfast/receiver', () => {
  let folder: string;
  let installed: string;

  /** Packs a copy, so that nothing appears in the tree, and unpacks it as npm would install it. */
  before(async function () {
    this.timeout(120_000);
    folder = await mkdtemp(join(tmpdir(), 'holdfast-package-'));
    await cp(resolve(root, 'receiver'), join(folder, 'receiver'), { recursive: true });
    await symlink(resolve(root, 'node_modules'), join(folder, 'node_modules'));
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--loglevel=error', '--pack-destination', folder],
      {
        cwd: join(folder, 'receiver'),
      },
    );
    const [tarball = ''] = /holdfast-receiver-[\d.]+\.tgz/.exec(stdout) ?? [];
    installed = join(folder, 'consumer/node_modules/@holdfast/receiver');
    await mkdir(installed, { recursive: true });
    await run('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', installed]);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('holds what it needs and nothing else', async () => {
    const names = (await readdir(installed, { recursive: true })).filter((name) => !name.includes('/'));

    assert.deepEqual(new Set(names), new Set(['LICENSE', 'README.md', 'dist', 'package.json']));
  });

  it('depends on nothing but Node', async () => {
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as object;
    const modules = (await readdir(join(installed, 'dist'))).filter((name) => name.endsWith('.js'));
    const sources = await Promise.all(modules.map((name) => readFile(join(installed, 'dist', name), 'utf8')));
    const imported = sources.flatMap((text) =>
      [...text.matchAll(/from '([^']+)'/g)].map(([, from]) => from ?? ''),
    );

    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
      assert.ok(!Object.hasOwn(manifest, kind), kind);
    }
    assert.ok(imported.length >= 5);
    for (const from of imported) assert.match(from, /^(?:node:\w+|\.\/[\w-]+\.js)$/);
  });

  it('has types and runs where it is installed, on every Node of this machine from 20 on', async function () {
    this.timeout(60_000);
    const project = join(folder, 'consumer');
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
    await writeFile(join(project, 'index.ts'), consumer);

    const tsc = resolve(root, 'node_modules/typescript/bin/tsc');
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const types = ['--typeRoots', resolve(root, 'node_modules/@types'), '--verbatimModuleSyntax'];
    await run(process.execPath, [tsc, ...flags, ...types, 'index.ts'], { cwd: project });

    const versions = new Map<string, string>();
    for (const node of [process.execPath, ...nodesOfPath()]) {
      const version = await versionOf(node);
      if (version !== undefined && Number.parseInt(version, 10) >= 20) versions.set(version, node);
    }
    assert.ok(versions.has(process.versions.node));
    for (const node of versions.values()) await run(node, ['index.js'], { cwd: project });
  });
});

/** Where the system keeps a Node of its own, if it does. */
function nodesOfPath(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'node'));
}

/** The version of a Node, such as `20.1.0`; undefined when there is none at that path. */
async function versionOf(node: string): Promise<string | undefined> {
  try {
    return (await run(node, ['-p', 'process.versions.node'])).stdout.trim();
  } catch {
    return undefined;
  }
}
