/** Shows a replay, with how long it is likely to take still. */
import { groupWorkflowId } from '#domain/ids.ts';
import type { ReplayRow } from '#db/queries/replays.ts';

/** A replay as JSON. */
export function presentReplay(row: ReplayRow, nowMs: number) {
  return {
    id: row.id,
    webhookId: row.hookId,
    state: row.state,
    reason: row.reason,
    since: row.since,
    until: row.until,
    states: row.states,
    eventTypes: row.eventTypes,
    ratePerSecond: row.ratePerSecond,
    matched: row.matched,
    done: row.done,
    failed: row.failed,
    skipped: row.skipped,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    etaSeconds: row.state === 'running' ? secondsLeft(row, nowMs) : null,
    workflowId: groupWorkflowId(row.id, 'replay'),
  };
}

/** By the pace that it has kept since it last began, and at first by the one that it was asked to keep. */
function secondsLeft(row: ReplayRow, nowMs: number): number {
  const dealtWith = row.done + row.failed + row.skipped;
  const pacedMs = nowMs - (row.pacedFrom?.getTime() ?? nowMs);
  const sinceThen = dealtWith - row.pacedAfter;
  const kept = pacedMs > 1000 && sinceThen > 0 ? (sinceThen * 1000) / pacedMs : row.ratePerSecond;
  return Math.ceil((row.matched - dealtWith) / Math.min(kept, row.ratePerSecond));
}
