import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Offence {
  readonly folder: string;
  readonly code: string;
  readonly message: RegExp;
}

const offences: readonly Offence[] = [
  { folder: 'domain', code: `import 'pg';`, message: /domain\/ is pure/ },
  { folder: 'domain', code: `import 'node:crypto';`, message: /domain\/ is pure/ },
  { folder: 'domain', code: `import '#platform/log.ts';`, message: /domain\/ is pure/ },
  { folder: 'domain', code: `import '../db/query.ts';`, message: /domain\/ is the lowest room/ },
  { folder: 'domain', code: 'export const now = Date.now();', message: /Pass the time in/ },
  { folder: 'domain', code: 'export const chance = Math.random();', message: /Pass randomness in/ },
  { folder: 'domain', code: 'export const home = process.cwd();', message: /domain\/ knows no process/ },
  { folder: 'domain', code: `export const bytes = Buffer.from('');`, message: /domain\/ works on text/ },
  { folder: 'domain', code: `void fetch('http://x');`, message: /domain\/ never touches the network/ },
  { folder: 'domain', code: 'setTimeout(() => undefined, 1);', message: /domain\/ never waits/ },
  { folder: 'workflows', code: `import 'node:fs';`, message: /workflows\/ may import @temporalio\/workflow/ },
  { folder: 'workflows', code: `import 'zod';`, message: /workflows\/ may import @temporalio\/workflow/ },
  {
    folder: 'workflows',
    code: `import '@temporalio/client';`,
    message: /workflows\/ may import @temporalio\/workflow/,
  },
  {
    folder: 'workflows',
    code: `import '#db/query.ts';`,
    message: /workflows\/ may import @temporalio\/workflow/,
  },
  { folder: 'workflows', code: `import '../platform/log.ts';`, message: /workflows\/ tells the story/ },
  {
    folder: 'workflows',
    code: `import { createActivities } from '#activities/index.ts';\nexport const a = createActivities;`,
    message: /workflows\/ knows activities by type only/,
  },
  {
    folder: 'workflows',
    code: 'export const chance = Math.random();',
    message: /Workflows decide nothing by chance/,
  },
  { folder: 'platform', code: `import '#domain/ids.ts';`, message: /platform\/ knows no business/ },
  { folder: 'platform', code: `import '../db/query.ts';`, message: /platform\/ knows no business/ },
  { folder: 'db', code: `import '#platform/log.ts';`, message: /db\/ is the memory/ },
  { folder: 'db', code: `import '@temporalio/client';`, message: /db\/ is the memory/ },
  {
    folder: 'intake',
    code: `import '#api/app.ts';`,
    message: /intake\/ accepts events, whoever brings them/,
  },
  { folder: 'intake', code: `import 'koa';`, message: /intake\/ accepts events, whoever brings them/ },
  {
    folder: 'outgoing',
    code: `import '#db/orm.ts';`,
    message: /outgoing\/ makes what is sent/,
  },
  { folder: 'activities', code: `import '#workflows/messages.ts';`, message: /activities\/ are the hands/ },
  { folder: 'activities', code: `import '@temporalio/client';`, message: /activities\/ are the hands/ },
  { folder: 'api', code: `import '#activities/index.ts';`, message: /api\/ is the door/ },
  { folder: 'api', code: `import '@temporalio/worker';`, message: /api\/ is the door/ },
  {
    folder: 'api',
    code: `import { deliverEvent } from '#workflows/deliver-event.ts';\nexport const d = deliverEvent;`,
    message: /api\/ may import workflows\/messages\.ts/,
  },
  { folder: 'receiver', code: `import 'koa';`, message: /receiver\/ is given away/ },
  { folder: 'receiver', code: `import '#domain/ids.ts';`, message: /receiver\/ is given away/ },
];

/** What each folder may import all the same. */
const permitted: readonly Pick<Offence, 'folder' | 'code'>[] = [
  { folder: 'domain', code: `import './limits.ts';` },
  { folder: 'workflows', code: `import '@temporalio/workflow';` },
  { folder: 'workflows', code: `import '#domain/delivery.ts';` },
  {
    folder: 'workflows',
    code: `import type { Activities } from '#activities/index.ts';\nexport type A = Activities;`,
  },
  { folder: 'db', code: `import '#domain/ids.ts';` },
  { folder: 'activities', code: `import '#db/query.ts';` },
  { folder: 'api', code: `import '#workflows/messages.ts';` },
  { folder: 'receiver', code: `import 'node:crypto';` },
];

interface Diagnostic {
  readonly message: string;
  readonly code: string;
  readonly filename: string;
}

describe('the borders between the folders', () => {
  let folder: string;
  let diagnostics: readonly Diagnostic[];

  const fileOf = (kind: string, index: number, inside: string): string => join(inside, `${kind}-${index}.ts`);

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), 'holdfast-borders-'));
    const files = [
      ...offences.map(({ folder: inside, code }, index) => ({
        path: fileOf('offence', index, inside),
        code,
      })),
      ...permitted.map(({ folder: inside, code }, index) => ({
        path: fileOf('permitted', index, inside),
        code,
      })),
    ];
    for (const { path, code } of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), `${code}\n`);
    }
    await cp(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    await cp(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    diagnostics = await lint(folder);
  });
  after(() => rm(folder, { recursive: true }));

  const bordersCrossedIn = (path: string): readonly string[] =>
    diagnostics
      .filter(({ filename, code }) => filename.endsWith(path) && code.includes('no-restricted'))
      .map(({ message }) => message);

  for (const [index, { folder: inside, code, message }] of offences.entries()) {
    it(`forbid in ${inside}/ and say why: ${code.split('\n')[0]}`, () => {
      const messages = bordersCrossedIn(fileOf('offence', index, inside));

      assert.ok(
        messages.some((text) => message.test(text)),
        `Said instead: ${messages.join(' | ')}`,
      );
    });
  }

  for (const [index, { folder: inside, code }] of permitted.entries()) {
    it(`permit in ${inside}/: ${code.split('\n')[0]}`, () => {
      assert.deepEqual(bordersCrossedIn(fileOf('permitted', index, inside)), []);
    });
  }
});

/** Runs the project's linter with the project's configuration in a folder. */
function lint(folder: string): Promise<readonly Diagnostic[]> {
  return new Promise((resolve, reject) => {
    const linter = join(root, 'node_modules/oxlint/bin/oxlint');
    const options = { cwd: folder, maxBuffer: 16 * 1024 * 1024 };
    execFile(process.execPath, [linter, '--format', 'json'], options, (error, stdout, stderr) => {
      try {
        const { diagnostics: found } = JSON.parse(stdout) as {
          readonly diagnostics: readonly RawDiagnostic[];
        };
        resolve(
          found.map(({ message, help, code, filename }) => ({
            message: `${message} ${help ?? ''}`,
            code,
            filename,
          })),
        );
      } catch {
        reject(
          new Error(`The linter said no JSON: ${stdout.slice(0, 500)} ${stderr.slice(0, 500)}`, {
            cause: error,
          }),
        );
      }
    });
  });
}

interface RawDiagnostic {
  readonly message: string;
  readonly help?: string;
  readonly code: string;
  readonly filename: string;
}
