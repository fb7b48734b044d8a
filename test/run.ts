/**
 * `npm test`: format, lint, types and every test, each of the first three counting as one test.
 * Always runs all of it, and closes with `N passed, N failed`; exits 0 only when nothing failed.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs one of the project's tools under this Node; answers its exit status. */
function run(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.on('error', reject);
    child.on('exit', (status) => resolve(status ?? 1));
  });
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

async function check(name: string, script: string, args: readonly string[]): Promise<Counts> {
  console.log(`\n${name}`);
  const status = await run(script, args);
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * Runs mocha and reads its counts from the file that the reporter wrote; a run that wrote none has failed.
 * A failure may leave something open, which must not keep the whole run from ending.
 */
async function runMocha(patterns: readonly string[]): Promise<Counts> {
  console.log('\nTests');
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-run-'));
  const file = join(folder, 'counts.json');
  try {
    const status = await run('mocha/bin/mocha.js', ['--exit', ...patterns], { HOLDFAST_TEST_COUNTS: file });
    const counts = JSON.parse(await readFile(file, 'utf8').catch(() => '{"passed":0,"failed":1}')) as Counts;
    return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const patterns = process.argv.slice(2);
const results = [
  await check('Format', 'oxfmt/bin/oxfmt', ['--check']),
  await check('Lint', 'oxlint/bin/oxlint', ['--deny-warnings']),
  await check('Types', 'typescript/bin/tsc', ['-p', '.']),
  await runMocha(patterns.length === 0 ? ['test/**/*.test.ts'] : patterns),
];
const passed = results.reduce((sum, counts) => sum + counts.passed, 0);
const failed = results.reduce((sum, counts) => sum + counts.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
