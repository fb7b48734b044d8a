/** Bulk replays as people ask for them and see them. Never touches a delivery. */
import { query, type Executor } from '../query.ts';

/** Every state of a replay, in the order of its life. */
export const replayStates = ['counting', 'running', 'paused', 'done', 'cancelled', 'failed'] as const;

/** The state of a replay. */
export type ReplayState = (typeof replayStates)[number];

/** Which deliveries of a hook to send again. */
export interface ReplayWish {
  readonly hookId: string;
  readonly since: Date;
  readonly until: Date;
  /** The states in which they are. */
  readonly states: readonly string[];
  /** The types of their events; null for all. */
  readonly eventTypes: readonly string[] | null;
}

/** A replay as it stands. */
export interface ReplayRow extends ReplayWish {
  readonly id: string;
  readonly state: ReplayState;
  /** Why it failed, in a sentence. */
  readonly reason: string | null;
  readonly ratePerSecond: number;
  readonly matched: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  /** Since when it goes at its pace, and how many it had dealt with by then. */
  readonly pacedFrom: Date | null;
  readonly pacedAfter: number;
}

const columns = `
  id, hook_id as "hookId", state, reason, since, until, states, event_types as "eventTypes", rate as "ratePerSecond",
  matched, done, failed, skipped, created_at as "createdAt", started_at as "startedAt", ended_at as "endedAt",
  paced_from as "pacedFrom", paced_after as "pacedAfter"`;

/** A wish's parts as they are called in a statement. */
interface WishNames {
  readonly hook: string;
  readonly since: string;
  readonly until: string;
  readonly states: string;
  readonly types: string;
}

/** The deliveries that a wish means, as a condition on `delivery`. */
export const wished = ({ hook, since, until, states, types }: WishNames): string => `
  delivery.hook_id = ${hook} and delivery.id >= uuid_floor(${since}) and delivery.id < uuid_floor(${until})
  and delivery.state = any (${states}) and (${types} is null or delivery.event_type = any (${types}))`;

const given: WishNames = {
  hook: '$1',
  since: '$2::timestamptz',
  until: '$3::timestamptz',
  states: '$4::text[]',
  types: '$5::text[]',
};

const valuesOf = ({ hookId, since, until, states, eventTypes }: ReplayWish): unknown[] => [
  hookId,
  since,
  until,
  states,
  eventTypes,
];

/** How many deliveries a wish means. */
export async function countWished(executor: Executor, wish: ReplayWish): Promise<number> {
  const rows = await query<{ readonly matched: number }>(executor, {
    text: `select count(*)::integer as matched from delivery where ${wished(given)}`,
    values: valuesOf(wish),
  });
  return rows[0]?.matched ?? 0;
}

/** Keeps a new replay. */
export async function makeReplay(
  executor: Executor,
  wish: ReplayWish,
  { username, ratePerSecond }: { readonly username: string; readonly ratePerSecond: number },
): Promise<ReplayRow> {
  const rows = await query<ReplayRow>(executor, {
    text: `
      insert into replay (hook_id, since, until, states, event_types, username, rate)
      values ($1, $2, $3, $4, $5, $6, $7) returning ${columns}`,
    values: [...valuesOf(wish), username, ratePerSecond],
  });
  return rows[0] as ReplayRow;
}

/** A replay, or undefined. */
export async function findReplay(executor: Executor, id: string): Promise<ReplayRow | undefined> {
  const rows = await query<ReplayRow>(executor, {
    text: `select ${columns} from replay where id = $1`,
    values: [id],
  });
  return rows[0];
}

/** The replays of a hook, the newest first. */
export async function replaysOfHook(
  executor: Executor,
  hookId: string,
  limit: number,
): Promise<readonly ReplayRow[]> {
  return query<ReplayRow>(executor, {
    text: `select ${columns} from replay where hook_id = $1 order by id desc limit $2`,
    values: [hookId, limit],
  });
}

/** What may be asked of a replay, and the states that it is heeded in. */
const verbs = {
  pause: { from: ['counting', 'running'], set: `state = 'paused'` },
  resume: {
    from: ['paused'],
    set: `state = case when counted_at is null then 'counting' else 'running' end,
      paced_from = now(), paced_after = done + failed + skipped`,
  },
  cancel: { from: ['counting', 'running', 'paused'], set: `state = 'cancelled', ended_at = now()` },
} as const;

/** What may be asked of a replay. */
export type ReplayVerb = keyof typeof verbs;

/** Pauses a replay, lets it go on, or ends it; answers how it stands, undefined when the verb has no sense any more. */
export async function steerReplay(
  executor: Executor,
  id: string,
  verb: ReplayVerb,
): Promise<ReplayRow | undefined> {
  const { from, set } = verbs[verb];
  const rows = await query<ReplayRow>(executor, {
    text: `update replay set ${set} where id = $1 and state = any ($2::text[]) returning ${columns}`,
    values: [id, from],
  });
  return rows[0];
}

/** What became of one delivery of a replay. */
export interface ReplayItemRow {
  readonly deliveryId: string;
  /** The run in which it was sent again; null before its turn, and when it was passed over. */
  readonly run: number | null;
  readonly result: 'delivered' | 'failed' | 'skipped' | null;
}

/** A page of what became of a replay's deliveries, in the order in which they are sent. */
export async function replayItems(
  executor: Executor,
  id: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<readonly ReplayItemRow[]> {
  return query<ReplayItemRow>(executor, {
    text: `
      select delivery_id as "deliveryId", run, result from replay_item
      where replay_id = $1 and ($2::uuid is null or delivery_id > $2::uuid) order by delivery_id limit $3`,
    values: [id, after, limit],
  });
}

/** The replays that are to be under way. */
export async function replaysUnderWay(executor: Executor): Promise<readonly string[]> {
  const rows = await query<{ readonly id: string }>(executor, {
    name: 'replays-under-way',
    text: `select id from replay where ended_at is null and state in ('counting', 'running') order by id`,
    values: [],
  });
  return rows.map(({ id }) => id);
}
