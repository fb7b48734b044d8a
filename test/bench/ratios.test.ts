import assert from 'node:assert/strict';
import { compareCases } from '../../bench/report/ratios.ts';
import { comparisonLines } from '../../bench/report/comparison.ts';
import { isSound, type CaseReport } from '../../bench/run-cases.ts';
import { caseLines, summaryLines } from '../../bench/report/table.ts';

function caseOf(name: string, perSecond: number, cpuMs: number): CaseReport {
  const figures = [
    { name: 'delivered', value: perSecond, unit: 'deliveries/s' },
    { name: 'CPU a delivery, all but the instruments', value: cpuMs, unit: 'ms' },
  ];
  return { name, title: name, seconds: 1, outcome: { kind: 'measured', settings: {}, figures } };
}

const notMeasured: CaseReport = {
  name: 'bullmq-one',
  title: 'BullMQ',
  seconds: 0,
  outcome: { kind: 'not-measured', reason: 'BullMQ: not measured, no redis-server on PATH' },
};

describe('the cases of a run against each other', () => {
  it('are told in multiples of the plain workflow, with what is asked of them', () => {
    const reports = [
      caseOf('burst-single', 1200, 1.5),
      caseOf('own-workflow', 60, 30),
      caseOf('plain', 30, 60),
    ];

    const lines = caseLines(compareCases(reports) ?? assert.fail('nothing was compared')).join('\n');

    assert.match(lines, /single route ÷ plain workflow +40 +× +≥ 30 +met/);
    assert.match(lines, /CPU of own workflow ÷ CPU of plain workflow +0\.500 +× +≤ 0\.45 +FALLS SHORT/);
    assert.doesNotMatch(lines, /pg-boss/);
  });

  it('are left out when the other case was not measured', () => {
    assert.equal(compareCases([caseOf('burst-single', 1200, 1.5), notMeasured]), undefined);
    assert.deepEqual(comparisonLines([caseOf('burst-single', 1200, 1.5), notMeasured]), []);
  });

  it('stand below each other, one line a case', () => {
    const lines = comparisonLines([caseOf('burst-single', 1200, 1.5), caseOf('plain', 30, 60)]);

    assert.match(lines.join('\n'), /burst-single .*1200 +1\.50/);
  });
});

describe('a case that cannot be measured here', () => {
  it('says why, in its place and at the end, and fails nothing', () => {
    assert.match(caseLines(notMeasured).join('\n'), /BullMQ: not measured, no redis-server on PATH/);
    assert.match(summaryLines([notMeasured]).join('\n'), /BullMQ: not measured, no redis-server on PATH/);
    assert.ok(isSound([notMeasured]));
  });
});
