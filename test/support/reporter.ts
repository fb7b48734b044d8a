/**
 * Mocha's spec reporter, which also writes what passed and what failed into the file that `npm test` reads.
 */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What a run of tests came to: how many passed, and a text for each that did not. */
export interface Outcome {
  readonly passed: number;
  readonly failures: readonly string[];
}

// oxlint-disable-next-line import/no-default-export -- mocha loads a reporter by its default export
export default class RecordingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const file = process.env['HOLDFAST_TEST_OUTCOME'];
    if (file === undefined) return;
    const failures: string[] = [];
    runner.on('fail', (test, error: Error) => {
      failures.push(`${test.fullTitle()}\n${error.stack ?? error.message}`);
    });
    runner.once('end', () => {
      writeFileSync(file, JSON.stringify({ passed: this.stats.passes, failures } satisfies Outcome));
    });
  }
}
