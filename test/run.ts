/**
 * `npm test`: format, lint, types and every test, each of the first three counting as one test.
 * Always runs all of it, and closes with what failed and `N passed, N failed`; exits 0 only when nothing failed.
 */
import type { Outcome } from './support/reporter.ts';
import { runSuites, together } from './support/suites.ts';
import { runTool } from './support/tool.ts';

async function check(name: string, script: string, args: readonly string[]): Promise<Outcome> {
  const { status, output } = await runTool(script, args);
  console.log(`\n${name}\n${output.trimEnd()}`);
  return status === 0
    ? { passed: 1, failures: [] }
    : { passed: 0, failures: [`${name}\n${output.trimEnd()}`] };
}

const patterns = process.argv.slice(2);
const { passed, failures } = together([
  await check('Format', 'oxfmt/bin/oxfmt', ['--check']),
  await check('Lint', 'oxlint/bin/oxlint', ['--deny-warnings']),
  await check('Types', 'typescript/bin/tsc', ['-p', '.']),
  await runSuites(patterns.length === 0 ? ['test/**/*.test.ts'] : patterns),
]);
for (const [index, failure] of failures.entries()) console.log(`\nFailure ${index + 1}: ${failure}`);
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
