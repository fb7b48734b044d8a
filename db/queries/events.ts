/** Reads accepted events for show. Never what is no event, such as a ping, nor what owners are told of their hooks. */
import type { PayloadShape } from '#domain/payload-shape.ts';
import { query, type Executor } from '../query.ts';
import { conditionsOf } from './conditions.ts';
import { isOperationalType } from './say-notices.ts';

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

/** Which events a page holds. */
export interface EventsPage {
  readonly repositoryId: string;
  /** The id after which the page begins, going back in time; null for the newest. */
  readonly before: string | null;
  readonly limit: number;
}

/** Bytes of payloads after which a page ends early: what is shown of them is made on one thread. */
const pageBytes = 1024 * 1024;

/** A page of a repository's events, the newest first, and whether there are more. At least one, however large. */
export async function eventsOfRepository(
  executor: Executor,
  { repositoryId, before, limit }: EventsPage,
): Promise<{ readonly events: readonly EventRow[]; readonly isLast: boolean }> {
  const { text, values } = conditionsOf([
    [repositoryId, 'event.repository_id = $?::uuid'],
    [before, 'event.id < $?::uuid'],
  ]);
  const shown = `${text} and not ${isOperationalType('event.type')}`;
  const sizes = await query<{ readonly id: string; readonly bytes: number }>(executor, {
    text: `
      select id, octet_length(payload::text) as bytes from event where ${shown} order by event.id desc limit ${limit + 1}`,
    values,
  });
  let bytes = 0;
  const ids = sizes
    .slice(0, limit)
    .filter((row, index) => {
      bytes += row.bytes;
      return index === 0 || bytes <= pageBytes;
    })
    .map(({ id }) => id);
  const events = await query<EventRow>(executor, {
    text: `select ${columns} from event where id = any ($1::uuid[]) order by id desc`,
    values: [ids],
  });
  return { events, isLast: ids.length === sizes.length };
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
const looksBack = 50_000;

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
