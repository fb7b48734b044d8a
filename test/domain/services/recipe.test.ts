import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as registry from '#domain/services/registry.ts';

type Registry = typeof registry;

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What the recipe begins with: the rules as they are, the pages, and what its own test stands on. */
const copied = [
  'domain',
  'docs/services',
  'package.json',
  'tsconfig.json',
  'test/domain/services/pages.test.ts',
  'test/domain/services/sample-events.ts',
];

/** A block of the recipe that names a file: the whole of it, or a change of it. */
interface Step {
  readonly language: string;
  readonly path: string;
  readonly text: string;
}

function stepsOf(recipe: string): readonly Step[] {
  return [...recipe.matchAll(/^(`{3,})(\w+) (\S+)\n(.*?)^\1$/gmsu)].map(
    ([, , language = '', path = '', text = '']) => ({ language, path, text }),
  );
}

/** Puts each line with a plus behind the line that stands before it in the change. */
function change(text: string, difference: string): string {
  const lines = text.split('\n');
  let at = 0;
  for (const line of difference.trimEnd().split('\n')) {
    if (line.startsWith('+')) lines.splice(at, 0, line.slice(1));
    else assert.ok(lines.includes(line.slice(1)), `The file has no line “${line.slice(1)}”`);
    at = line.startsWith('+') ? at + 1 : lines.indexOf(line.slice(1)) + 1;
  }
  return lines.join('\n');
}

async function follow({ language, path, text }: Step, folder: string): Promise<void> {
  const file = join(folder, path);
  await writeFile(file, language === 'diff' ? change(await readFile(file, 'utf8'), text) : text);
}

/** Runs a tool of the project in a folder to its end, and fails with what it said if it did. */
function run(folder: string, script: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: 60_000, env: { ...process.env, FORCE_COLOR: '0' } };
    execFile(
      process.execPath,
      [join(root, 'node_modules', script), ...args],
      options,
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${stdout}\n${stderr}`, { cause: error }));
      },
    );
  });
}

describe('the recipe for a service', function () {
  this.timeout(60_000);
  let folder: string;
  let steps: readonly Step[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-recipe-'));
    for (const path of copied) await cp(join(root, path), join(folder, path), { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    steps = stepsOf(await readFile(join(root, 'docs/recipes/add-a-service.md'), 'utf8'));
    for (const step of steps) await follow(step, folder);
  });
  after(() => rm(folder, { recursive: true }));

  it('is a file, a line, a page and a test', () => {
    assert.deepEqual(
      steps.map(({ language, path }) => [language, path]),
      [
        ['ts', 'domain/services/ntfy.ts'],
        ['diff', 'domain/services/registry.ts'],
        ['markdown', 'docs/services/ntfy.md'],
        ['ts', 'test/domain/services/ntfy.test.ts'],
      ],
    );
  });

  it('makes a service of the catalogue', async () => {
    const address = pathToFileURL(join(folder, 'domain/services/registry.ts')).href;
    const { catalogueEntry, findService, supportedEvents } = (await import(address)) as Registry;

    const ntfy = findService('ntfy');

    assert.ok(ntfy !== undefined);
    assert.deepEqual(catalogueEntry(ntfy), {
      name: 'ntfy',
      events: ['issues'],
      supported_events: supportedEvents(ntfy),
      title: 'ntfy',
      schema: [
        ['string', 'url'],
        ['password', 'token'],
      ],
    });
  });

  it('gives a page and a test that pass', async () => {
    const said = await run(
      folder,
      'mocha/bin/mocha.js',
      '--no-config',
      '--exit',
      'test/domain/services/*.test.ts',
    );

    assert.match(said, /the page of the service[^]*\bntfy\b/u);
    assert.match(said, /the service ntfy/u);
  });

  it('gives code whose types are right', async () => {
    assert.equal(await run(folder, 'typescript/bin/tsc', '-p', '.'), '');
  });
});
