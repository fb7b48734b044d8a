/**
 * `npm test`: format, lint, types and every test but those that kill processes, each of the first three counting as one test.
 * With patterns it runs the tests that match and nothing else: `npm run faults` gives that of the tests that kill.
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

const ordinary = ['test/!(faults)/**/*.test.ts'];

const patterns = process.argv.slice(2);
const checked =
  patterns.length > 0
    ? []
    : await Promise.all([
        check('Format', 'oxfmt/bin/oxfmt', ['--check']),
        check('Lint', 'oxlint/bin/oxlint', ['--deny-warnings']),
        check('Types', 'typescript/bin/tsc', ['-p', '.']),
      ]);
const { passed, failures } = together([
  ...checked,
  await runSuites(patterns.length === 0 ? ordinary : patterns),
]);
for (const [index, failure] of failures.entries()) console.log(`\nFailure ${index + 1}: ${failure}`);
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
