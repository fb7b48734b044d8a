/** Mocha's spec reporter, which also writes its counts into the file that `npm test` reads. Counts pending as failed. */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

// oxlint-disable-next-line import/no-default-export -- mocha loads a reporter by its default export
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const file = process.env['HOLDFAST_TEST_COUNTS'];
      if (file === undefined) return;
      const { passes, failures, pending } = this.stats;
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures + pending }));
    });
  }
}
