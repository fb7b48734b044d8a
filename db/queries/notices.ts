/**
 * What owners are to be told: read with what it is about, and made into an event and its deliveries. Who deletes a notice
 * has made its deliveries, in one statement: so each is told once, however many workers look and whichever of them dies.
 */
import type { OperationalType } from '#domain/operational-events.ts';
import { query, type Executor } from '../query.ts';
import { slowReplyMs } from './mark-slow.ts';

/** A notice that waits to be told. */
export interface NoticeRow {
  readonly id: string;
  readonly type: OperationalType;
  readonly at: Date;
  readonly hookId: string;
  /** The hook's public number; this and what follows up to `name` is null when the hook or its repository is gone. */
  readonly hookNumber: string | null;
  readonly service: string | null;
  readonly url: string | null;
  /** The repository's id as its platform knows it, or ours. */
  readonly repositoryId: string | null;
  readonly owner: string | null;
  readonly name: string | null;
  readonly deliveryId: string;
  readonly eventType: string;
  readonly attempts: number;
  readonly outcome: string;
  readonly statusCode: number | null;
  readonly disabledReason: string | null;
}

/** The oldest notices. */
export async function waitingNotices(executor: Executor, limit: number): Promise<readonly NoticeRow[]> {
  return query<NoticeRow>(executor, {
    name: 'waiting-notices',
    text: `
      select notice.id, notice.type, notice.at, notice.hook_id as "hookId", hook.number as "hookNumber", hook.service,
        hook.url, coalesce(repository.external_id, repository.id::text) as "repositoryId", repository.owner,
        repository.name, notice.delivery_id as "deliveryId", notice.event_type as "eventType", notice.attempts,
        notice.outcome, notice.status_code as "statusCode", notice.disabled_reason as "disabledReason"
      from notice left join hook on hook.id = notice.hook_id left join repository on repository.id = hook.repository_id
      order by notice.id limit $1`,
    values: [limit],
  });
}

/** A notice as it is to be told; no payload: it is not told at all. */
export interface ToldNotice {
  readonly id: string;
  readonly payload: string | undefined;
}

/**
 * Makes notices into deliveries to the hooks of their repositories that listen to them, but not to the hook that a notice is
 * about. Those that another worker is telling are left to it. One that nobody listens to leaves nothing behind.
 */
export async function tellNotices(executor: Executor, notices: readonly ToldNotice[]): Promise<void> {
  await query(executor, {
    text: `
      with taken as (
        delete from notice
        where id in (select id from notice where id = any ($1::uuid[]) order by id for update skip locked)
        returning id, type, repository_id, hook_id, mailed
      ), told as materialized (
        select taken.*, given.payload from taken join unnest($1::uuid[], $2::text[]) as given (id, payload) using (id)
        where given.payload is not null
      ), matched as (
        insert into delivery (event_id, hook_id, repository_id, event_type, slow)
        select told.id, hook.id, told.repository_id, told.type, coalesce(hook.reply_ms >= ${slowReplyMs}, false)
        from told join hook on hook.repository_id = told.repository_id
        where hook.active and hook.deleted_at is null and hook.events @> array[told.type] and hook.id <> told.hook_id
          and (told.mailed or not hook.internal)
        order by told.id, hook.number
        returning event_id
      )
      insert into event (id, repository_id, type, shape, payload)
      select id, repository_id, type, 'sigmagit', payload::json from told where id in (select event_id from matched)`,
    values: [notices.map(({ id }) => id), notices.map(({ payload }) => payload ?? null)],
  });
}
