/**
 * The attempt record of the baselines: a table like Holdfast's own, with its indexes, in a schema that goes with the
 * baseline. Records one attempt in a statement, or many.
 */
import { Pool } from 'pg';

/** An attempt that succeeded. */
export interface Attempt {
  readonly id: string;
  readonly statusCode: number;
  readonly requestHeaders: string;
  readonly responseHeaders: string;
  readonly responseBody: Buffer;
  readonly durationMs: number;
}

/** Records attempts. */
export interface Attempts {
  /** Makes schema and table anew. */
  readonly prepare: () => Promise<void>;
  readonly record: (attempt: Attempt) => Promise<void>;
  readonly recordMany: (attempts: readonly Attempt[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

const connections = 20;

/** Values that are the same in every record: a hook, an event and its type. */
const constants = `'018f0000-0000-7000-8000-000000000001'::uuid, '018f0000-0000-7000-8000-000000000002'::uuid, 'star.added'`;

const columns = `delivery_id, run, attempt, hook_id, event_id, event_type, outcome, status_code, request_headers,
  response_headers, response_body, duration_ms, started_at`;

/** Opens the attempts of a schema. */
export function openAttempts(databaseUrl: string, schema: string): Attempts {
  const pool = new Pool({ connectionString: databaseUrl, max: connections });
  const one = `insert into ${schema}.attempt (${columns})
    select $1::uuid, 0, 1, ${constants}, 'delivered', $2::integer, $3::json, $4::json, $5::bytea, $6::integer,
      now() - $6::integer * interval '1 ms'
    on conflict do nothing`;
  const many = `insert into ${schema}.attempt (${columns})
    select id, 0, 1, ${constants}, 'delivered', status, request, response, body, duration,
      now() - duration * interval '1 ms'
    from unnest($1::uuid[], $2::integer[], $3::json[], $4::json[], $5::bytea[], $6::integer[])
      as given (id, status, request, response, body, duration)
    on conflict do nothing`;
  return {
    prepare: async () => {
      await pool.query(`drop schema if exists ${schema} cascade; create schema ${schema};
        create table ${schema}.attempt (like public.attempt including defaults including generated including indexes)`);
    },
    record: async (attempt) => {
      await pool.query({ name: 'one', text: one, values: valuesOf(attempt) });
    },
    recordMany: async (attempts) => {
      const rows = attempts.map(valuesOf);
      const values = rows[0]?.map((_, column) => rows.map((row) => row[column]));
      if (values !== undefined) await pool.query({ name: 'many', text: many, values });
    },
    close: () => pool.end(),
  };
}

function valuesOf(attempt: Attempt): readonly unknown[] & unknown[] {
  const { id, statusCode, requestHeaders, responseHeaders, responseBody, durationMs } = attempt;
  return [id, statusCode, requestHeaders, responseHeaders, responseBody, Math.round(durationMs)];
}
