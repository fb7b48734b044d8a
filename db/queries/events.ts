/** Reads accepted events for show. Never what is no event, such as a ping. */
import type { PayloadShape } from '#domain/payload-shape.ts';
import { query, type Executor } from '../query.ts';
import { conditionsOf } from './conditions.ts';

/** An event as it was accepted. */
export interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly shape: PayloadShape;
  /** The payload's text as received. */
  readonly payload: string;
  readonly acceptedAt: Date;
}

const columns = `event.id, event.type, event.shape, event.payload::text as payload, event.accepted_at as "acceptedAt"`;

/** A page of a repository's events, the newest first, from before an id on. */
export async function eventsOfRepository(
  executor: Executor,
  page: { readonly repositoryId: string; readonly before: string | null; readonly limit: number },
): Promise<readonly EventRow[]> {
  const { text, values } = conditionsOf([
    [page.repositoryId, 'event.repository_id = $?::uuid'],
    [page.before, 'event.id < $?::uuid'],
  ]);
  return query<EventRow>(executor, {
    text: `select ${columns} from event where ${text} order by event.id desc limit ${page.limit}`,
    values,
  });
}

/** An event of a repository by its id, or undefined. */
export async function findEventById(
  executor: Executor,
  repositoryId: string,
  id: string,
): Promise<EventRow | undefined> {
  const rows = await query<EventRow>(executor, {
    text: `select ${columns} from event where id = $2 and repository_id = $1`,
    values: [repositoryId, id],
  });
  return rows[0];
}

/** How many of a repository's events are looked through for its latest push. */
const looksBack = 1000;

/** The latest event of a type among a repository's recent ones; undefined when there is none. */
export async function latestEvent(
  executor: Executor,
  repositoryId: string,
  type: string,
): Promise<Pick<EventRow, 'id'> | undefined> {
  const rows = await query<Pick<EventRow, 'id'>>(executor, {
    text: `
      with recent as (select id, type from event where repository_id = $1 order by id desc limit ${looksBack})
      select id from recent where type = $2 order by id desc limit 1`,
    values: [repositoryId, type],
  });
  return rows[0];
}
