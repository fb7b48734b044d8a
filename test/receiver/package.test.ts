import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');

const consumer = `
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { clientAddress, createAllowList, readBody, verifyRequest, verifySignature } from '@holdfast/receiver';

const header = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
const body = Buffer.from('Hello, World!');
assert.equal(verifySignature(body, header, "It's a Secret to Everybody"), true);
assert.equal(createAllowList(['192.0.2.0/24']).has('192.0.2.1'), true);
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

  it('runs and has types where it is installed', async function () {
    this.timeout(60_000);
    const project = join(folder, 'consumer');
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
    await writeFile(join(project, 'index.ts'), consumer);

    await run(process.execPath, ['index.ts'], { cwd: project });
    const tsc = resolve(root, 'node_modules/typescript/bin/tsc');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
    const types = ['--typeRoots', resolve(root, 'node_modules/@types'), '--verbatimModuleSyntax'];
    await run(process.execPath, [tsc, ...flags, ...types, 'index.ts'], { cwd: project });
  });
});
