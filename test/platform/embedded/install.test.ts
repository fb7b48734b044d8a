import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeScratch } from './scratch.ts';

const scratch = makeScratch();
const INSTALL = join(import.meta.dirname, '../../../bin/install.js');
const LOCKFILE = {
  lockfileVersion: 3,
  packages: {
    '': { name: 'it' },
    'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' },
    'node_modules/elsewhere': { version: '1.0.0', integrity: 'sha512-else', optional: true },
  },
};

/** A stand-in for npm: it notes its run, takes a moment, and "installs" what the lockfile says. */
const NPM = `
  const { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
  appendFileSync('runs', process.argv.slice(2).join(' ') + '\\n');
  if (process.env.FAIL) { console.error('npm error E418'); process.exit(7); }
  rmSync('node_modules/.package-lock.json', { force: true });
  setTimeout(() => {
    mkdirSync('node_modules', { recursive: true });
    const lockfile = JSON.parse(readFileSync('package-lock.json'));
    delete lockfile.packages[''];
    delete lockfile.packages['node_modules/elsewhere'];
    delete lockfile.packages['node_modules/peer'];
    writeFileSync('node_modules/.package-lock.json', JSON.stringify(lockfile));
  }, 300);`;

interface Outcome {
  readonly code: number | null;
  readonly errors: string;
}

function makeProject(): string {
  const root = scratch.folder();
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(LOCKFILE));
  writeFileSync(join(root, 'npm-cli.js'), NPM);
  // npm runs on the system's Node; the one in node_modules would be deleted under it.
  symlinkSync(process.execPath, join(root, 'system-node'));
  return root;
}

function install(root: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [INSTALL, root], {
    env: {
      ...process.env,
      npm_execpath: join(root, 'npm-cli.js'),
      npm_node_execpath: join(root, 'system-node'),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  scratch.later(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, errors })));
}

function countRuns(root: string): number {
  const file = join(root, 'runs');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
}

describe('bin/install.js', () => {
  afterEach(() => scratch.clear());

  it('installs once, and not again when only the times of the files changed', async () => {
    const root = makeProject();

    const first = await install(root);
    utimesSync(join(root, 'package-lock.json'), new Date(), new Date(Date.now() + 60_000));
    const second = await install(root);

    assert.deepEqual([first.code, second.code, second.errors], [0, 0, '']);
    assert.equal(countRuns(root), 1);
    assert.match(readFileSync(join(root, 'runs'), 'utf8'), /^ci --no-audit --no-fund /u);
  });

  it('installs again when the lockfile asks for another version', async () => {
    const root = makeProject();
    await install(root);
    const changed = JSON.stringify(LOCKFILE).replace('"sha512-one"', '"sha512-other"');

    writeFileSync(join(root, 'package-lock.json'), changed);
    await install(root);

    assert.equal(countRuns(root), 2);
  });

  it('trusts an installation that somebody else made from the same lockfile', async () => {
    const root = makeProject();
    await install(root);

    rmSync(join(root, 'node_modules', '.holdfast-lock-hash'));
    await install(root);

    assert.equal(countRuns(root), 1);
  });

  it('does not ask again for what npm saw fit to leave out', async () => {
    const root = makeProject();
    const leftOut = { 'node_modules/peer': { version: '1.0.0', peer: true } };
    const packages = { ...LOCKFILE.packages, ...leftOut };
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ ...LOCKFILE, packages }));

    await install(root);
    await install(root);

    assert.equal(countRuns(root), 1);
  });

  it('installs once when two start at the same time', async () => {
    const root = makeProject();

    const outcomes = await Promise.all([install(root), install(root), install(root)]);

    assert.deepEqual(
      outcomes.map((it) => it.code),
      [0, 0, 0],
    );
    assert.equal(countRuns(root), 1);
    assert.equal(existsSync(join(root, '.holdfast', 'install.lock')), false);
  });

  it('does not wait for a lock whose holder is gone', async () => {
    const root = makeProject();
    const gone = spawn(process.execPath, ['--eval', '']);
    await new Promise((resolve) => gone.once('exit', resolve));
    mkdirSync(join(root, '.holdfast'));
    writeFileSync(join(root, '.holdfast', 'install.lock'), String(gone.pid));

    const { code } = await install(root);

    assert.equal(code, 0);
    assert.equal(countRuns(root), 1);
  });

  it("ends with npm's own message and code when npm fails", async () => {
    const root = makeProject();

    const { code, errors } = await install(root, { FAIL: '1' });

    assert.equal(code, 7);
    assert.match(errors, /npm error E418/u);
    assert.equal((await install(root)).code, 0);
  });

  it('says so when the Node in node_modules is too old', async () => {
    const root = makeProject();
    const bin = join(root, 'node_modules', '.bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'old'), '#!/bin/sh\necho v20.1.0\n', { mode: 0o755 });
    symlinkSync('old', join(bin, 'node'));

    const { code, errors } = await install(root);

    assert.equal(code, 1);
    assert.match(errors, /needs Node 24, but .*node_modules\/\.bin\/node is Node v20\.1\.0/u);
  });
});
