/**
 * Everywhere that Holdfast keeps or shows something, as text to be searched for what must not be there. Looks at all of
 * it: rows and files as they are stored, histories with their payloads decoded.
 */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Client } from 'pg';
import { connectTemporal } from '#platform/temporal.ts';

/** A place by its name, and all the text in it. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

/** Where a text is among some places: as it is, in hexadecimal as bytes are written, or within something in base64. */
export function placesWith(text: string, places: readonly Place[]): readonly string[] {
  const bytes = Buffer.from(text);
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  );
  const forms = [text, bytes.toString('hex'), ...shifted, ...shifted.map(toUrlAlphabet)];
  return places.filter((place) => forms.some((form) => place.text.includes(form))).map(({ name }) => name);
}

function toUrlAlphabet(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

/** Every row of every table. */
export async function rowsOf(databaseUrl: string): Promise<readonly Place[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(relname) as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition`,
    );
    const places: Place[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(
        `select row_to_json(t)::text as text from ${name} t`,
      );
      places.push({ name: `table ${name}`, text: rows.map(({ text }) => text).join('\n') });
    }
    return places;
  } finally {
    await client.end();
  }
}

/** Every workflow: how it is listed, with its search attributes and memo, and its history. */
export async function workflowsOf(address: string): Promise<readonly Place[]> {
  const temporal = connectTemporal({ address, namespace: 'default' });
  try {
    const places: Place[] = [];
    for await (const { workflowId, runId, raw } of temporal.client.workflow.list()) {
      const history = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
      places.push(
        { name: `search attributes of ${workflowId}`, text: decoded(JSON.stringify(raw)) },
        { name: `history of ${workflowId}`, text: decoded(historyToJSON(history)) },
      );
    }
    return places;
  } finally {
    await temporal.close();
  }
}

/** The text, and after it what its payloads hold. */
function decoded(json: string): string {
  const payloads = [...json.matchAll(/"data":\s*"([^"]+)"/g)].map(([, data = '']) =>
    Buffer.from(data, 'base64').toString('utf8'),
  );
  return [json, ...payloads].join('\n');
}

/** Every file of a folder. */
export async function filesOf(folder: string, except: readonly string[]): Promise<readonly Place[]> {
  const places: Place[] = [];
  for await (const entry of glob('**/*', { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile() || except.includes(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    places.push({ name: file, text: (await readFile(file)).toString('latin1') });
  }
  return places;
}
