/** Corrects the wait after an attempt during which the owner has changed the schedule, which no change could reach before. */
import { rescheduleAttempted } from '#db/queries/reschedule-deliveries.ts';
import type { Executor } from '#db/query.ts';
import type { AttemptReport } from './attempt-report.ts';
import type { SendableMaterial } from './standing.ts';

/** The report of an attempt that is on record, by the schedule that its hook has now. */
export async function byPresentSchedule(
  database: Executor,
  deliveryId: string,
  { hookId, schedule }: SendableMaterial,
  report: AttemptReport,
): Promise<AttemptReport> {
  if (report.kind !== 'attempted' || report.dueInMs === null || report.held) return report;
  const present = await rescheduleAttempted(database, deliveryId, hookId, schedule);
  return present === undefined ? report : { ...report, ...present };
}
