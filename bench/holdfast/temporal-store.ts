/** How large Temporal's own store is: the pages of its SQLite file that are in use, those still in its log included. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Bytes in use; undefined when Temporal does not run on this data folder. */
export function temporalStoreBytes(dataDir: string): number | undefined {
  const file = join(dataDir, 'temporal', 'temporal.db');
  if (!existsSync(file)) return undefined;
  const store = new DatabaseSync(file, { readOnly: true });
  try {
    const read = (pragma: string): number => Number(store.prepare(`pragma ${pragma}`).get()?.[pragma]);
    return (read('page_count') - read('freelist_count')) * read('page_size');
  } finally {
    store.close();
  }
}
