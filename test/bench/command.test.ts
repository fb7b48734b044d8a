import assert from 'node:assert/strict';
import { allCases, selectCases } from '../../bench/all-cases.ts';
import { readCommandLine } from '../../bench/command-line.ts';
import { caseLines, summaryLines } from '../../bench/report/table.ts';
import { isSound, type CaseReport } from '../../bench/run-cases.ts';

const delivered = { accepted: 10, delivered: 10, lost: 0, duplicated: 0, altered: 0, unannounced: 0 };

function reportOf(counts: Partial<typeof delivered>, value = 5): CaseReport {
  const figures = [{ name: 'wait p99', value, unit: 'ms', target: { atMost: 10 } }];
  const tally = { ...delivered, ...counts };
  const outcome = { kind: 'measured', settings: {}, figures, tally } as const;
  return { name: 'sample', title: 'a sample', seconds: 1, outcome };
}

describe('the bench command', () => {
  it('runs the cases that are named, and a whole family by its first word', () => {
    const { only } = readCommandLine(['--only', 'latency,burst']);

    assert.deepEqual(
      selectCases(only).map(({ name }) => name),
      ['latency', 'burst-single', 'burst-batch'],
    );
    assert.equal(selectCases([]), allCases);
    assert.throws(() => selectCases(['lunch']), /There is no case lunch; there are .*latency/);
  });

  it('shows whether a figure meets its target beside it, and ends well either way', () => {
    const [met, missed] = [reportOf({}), reportOf({}, 11)];

    assert.match(caseLines(met).join('\n'), /wait p99 +5 +ms +≤ 10 +met/);
    assert.match(caseLines(missed).join('\n'), /wait p99 +11 +ms +≤ 10 +FALLS SHORT/);
    assert.match(summaryLines([met, missed]).join('\n'), /1 of 2 targets met/);
    assert.ok(isSound([met, missed]));
  });

  it('says what was lost, and then does not end well', () => {
    const report = reportOf({ delivered: 9, lost: 1, duplicated: 2 });

    assert.match(caseLines(report).join('\n'), /lost = 1 {2}duplicated = 2/);
    assert.ok(!isSound([reportOf({}), report]));
  });

  it('does not end well when a case failed or bytes were altered', () => {
    const failed: CaseReport = {
      name: 'sample',
      title: 'a sample',
      seconds: 1,
      outcome: { kind: 'failed', error: 'no' },
    };

    assert.ok(!isSound([failed]));
    assert.ok(!isSound([reportOf({ altered: 1 })]));
  });
});
