/** Keeps a run as JSON, so that runs can be compared: machine, versions, settings and every figure. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CaseReport } from '../run-cases.ts';
import type { Machine } from './machine.ts';
import type { Versions } from './versions.ts';

/** A whole run. */
export interface RunResults {
  readonly startedAt: Date;
  readonly isShort: boolean;
  readonly machine: Machine;
  readonly versions: Versions;
  readonly warmUp: unknown;
  readonly cases: readonly CaseReport[];
}

/** Writes the run into the folder; answers the file. */
export async function writeResults(folder: string, results: RunResults): Promise<string> {
  await mkdir(folder, { recursive: true });
  const name = results.startedAt.toISOString().slice(0, 19).replaceAll(':', '-');
  const file = join(folder, `${name}.json`);
  const spaces = 2;
  await writeFile(file, `${JSON.stringify(results, undefined, spaces)}\n`);
  return file;
}
