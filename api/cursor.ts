/** Cursors of keyset pages: the id after which the next page begins, opaque to callers. Never an offset. */
import { isUuid } from '#domain/ids.ts';
import { Refusal } from '#domain/refusals.ts';

/** The cursor that continues after an id. */
export function toCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/** The id in a cursor, or null for no cursor; 400 when it is not one of ours. */
export function fromCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!isUuid(id) || toCursor(id) !== cursor)
    throw new Refusal('invalid_cursor', 'cursor: not a cursor of this API');
  return id;
}

/** A page of at most `limit` from rows of which one more was fetched than fits. */
export function toPage<Row extends { readonly id: string }>(
  rows: readonly Row[],
  limit: number,
): { readonly rows: readonly Row[]; readonly nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, nextCursor: rows.length > limit && last !== undefined ? toCursor(last.id) : null };
}
