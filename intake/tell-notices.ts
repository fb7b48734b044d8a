/**
 * Takes the notices that attempts have left behind and tells them: each becomes a delivery to whoever listens.
 * Never tells one twice, and loses none: what is not told stays where it was.
 */
import type { OperationalType } from '#domain/operational-events.ts';
import { noticePayload } from '#domain/notices.ts';
import { tellNotices, waitingNotices, type NoticeRow } from '#db/queries/notices.ts';
import type { Executor } from '#db/query.ts';

/** Notices told in one round. */
const batchSize = 200;

/** Tells the oldest notices; answers how many were found. Throws the database's error. */
export async function tellWaitingNotices(database: Executor): Promise<number> {
  const notices = await waitingNotices(database, batchSize);
  if (notices.length === 0) return 0;
  await tellNotices(
    database,
    notices.map((notice) => ({ id: notice.id, payload: payloadOf(notice) })),
  );
  return notices.length;
}

/** Undefined when there is nobody left to be told. */
function payloadOf(notice: NoticeRow): string | undefined {
  const { hookNumber, service, repositoryId, owner, name } = notice;
  if (hookNumber === null || service === null || repositoryId === null || owner === null || name === null) {
    return undefined;
  }
  const type: OperationalType = notice.type;
  const payload = noticePayload({
    type,
    at: notice.at,
    repository: { id: repositoryId, owner, name },
    hook: { id: notice.hookId, number: hookNumber, service, url: notice.url },
    delivery: {
      id: notice.deliveryId,
      eventType: notice.eventType,
      attempts: notice.attempts,
      lastOutcome: notice.outcome,
      lastStatus: notice.statusCode,
    },
    disabledReason: notice.disabledReason,
  });
  return JSON.stringify(payload);
}
