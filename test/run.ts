/**
 * `npm test`: format, lint, types and every test, each of the first three counting as one test.
 * Always runs all of it, and closes with `N passed, N failed`; exits 0 only when nothing failed.
 */
import { runSuites, sum, type Counts } from './support/suites.ts';
import { runTool } from './support/tool.ts';

async function check(name: string, script: string, args: readonly string[]): Promise<Counts> {
  const { status, output } = await runTool(script, args);
  console.log(`\n${name}\n${output.trimEnd()}`);
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

const patterns = process.argv.slice(2);
const { passed, failed } = sum([
  await check('Format', 'oxfmt/bin/oxfmt', ['--check']),
  await check('Lint', 'oxlint/bin/oxlint', ['--deny-warnings']),
  await check('Types', 'typescript/bin/tsc', ['-p', '.']),
  await runSuites(patterns.length === 0 ? ['test/**/*.test.ts'] : patterns),
]);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
