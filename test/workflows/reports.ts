/** Reports of attempts, as the activities would give them. */
import type { AttemptReport } from '#activities/attempt-report.ts';

/** An attempt that failed and is retried by its schedule. */
export function failedReport(
  attempt: number,
  schedule: readonly number[],
  changes: Partial<Extract<AttemptReport, { kind: 'attempted' }>> = {},
): Extract<AttemptReport, { kind: 'attempted' }> {
  return {
    kind: 'attempted',
    attempt,
    verdict: 'retry',
    outcome: 'http_5xx',
    status: 503,
    schedule,
    retryAfterMs: null,
    dueInMs: null,
    held: false,
    ...changes,
  };
}

/** An attempt that the receiver accepted. */
export function deliveredReport(attempt: number): AttemptReport {
  return failedReport(attempt, [60], { verdict: 'delivered', outcome: 'delivered', status: 200 });
}
