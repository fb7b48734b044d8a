/**
 * Marks the reports after which a delivery's workflow ends as exhausted with the run in Temporal that was told so: a run
 * that came about by its reset has the report in its history, and knows by the mark that it may ask again.
 */
import { assertNever } from '#domain/assert-never.ts';
import type { AttemptReport } from './attempt-report.ts';

/** The report, marked if its delivery is exhausted. */
export function answeredIn(report: AttemptReport, runId: string | undefined): AttemptReport {
  if (runId === undefined) return report;
  switch (report.kind) {
    case 'held':
    case 'blocked':
    case 'throttled':
      return report;
    case 'settled':
      return report.state === 'exhausted' ? { ...report, answeredIn: runId } : report;
    case 'attempted':
      return report.verdict === 'retry' && report.dueInMs === null
        ? { ...report, answeredIn: runId }
        : report;
    default:
      return assertNever(report);
  }
}
