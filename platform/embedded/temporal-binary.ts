/**
 * Finds a `temporal` program that can run the embedded server: the one it is told, one on the machine, one
 * from the cache, and only then one from elsewhere, which the cache keeps.
 */
import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import type { Log } from './log.ts';
import { temporalSources, type TemporalSource } from './temporal-sources.ts';
import { readTemporalVersion } from './temporal-version.ts';

const PROGRAM = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
const FOLDER = 'temporal-cli';
const SCRATCH = 'temporal-cli.fetching-';
/** Longer than any source may take: a scratch folder this old was left by a process that was killed. */
const SCRATCH_LIFE_MS = 60 * 60_000;

/** Where to look, and how to fetch when there is nothing. */
export interface FindTemporalOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Outside git, shared by start and test; `findCacheFolder` knows a good one. */
  readonly cacheDir: string;
  readonly log: Log;
  /** The sources to fetch from, best first; normally left out. */
  readonly sources?: readonly TemporalSource[];
}

/** The program, and in words where it came from. */
export interface TemporalCli {
  readonly path: string;
  readonly source: string;
}

/** Resolves with the best program there is; the error lists all that was tried. */
export async function findTemporalCli(options: FindTemporalOptions): Promise<TemporalCli> {
  const { env, cacheDir, log, sources = temporalSources } = options;
  const failures: string[] = [];
  const found =
    (await findNamed(env, log)) ??
    (await findOnPath(env, failures)) ??
    (await findInCache(cacheDir, env, failures)) ??
    (await fetchFirst(sources, options, failures));
  if (found !== undefined) {
    log.info({ ...found }, `Temporal's program is ${found.path} (from ${found.source}).`);
    return found;
  }
  throw new Error(
    `No \`temporal\` program was found or could be had. Tried:\n${failures.map((it) => `  - ${it}`).join('\n')}\n` +
      'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on the PATH, ' +
      'or set TEMPORAL_CLI_PATH to it, or set TEMPORAL_ADDRESS to a Temporal server that runs already.',
  );
}

async function findNamed(env: NodeJS.ProcessEnv, log: Log): Promise<TemporalCli | undefined> {
  const path = env['TEMPORAL_CLI_PATH'] ?? '';
  if (path === '') return undefined;
  try {
    const { cli, server, isNewEnough } = await readTemporalVersion(path, env);
    if (!isNewEnough) log.warn({ path, cli, server }, `${path} is older than what Holdfast was tried with.`);
  } catch (error) {
    throw new Error(`TEMPORAL_CLI_PATH is ${path}, which does not run: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return { path, source: 'TEMPORAL_CLI_PATH' };
}

async function findOnPath(env: NodeJS.ProcessEnv, failures: string[]): Promise<TemporalCli | undefined> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const path = join(folder, PROGRAM);
    if (await willDo(path, env, failures)) return { path, source: 'PATH' };
  }
  if (failures.length === 0) failures.push('PATH: no `temporal` there');
  return undefined;
}

async function findInCache(
  cacheDir: string,
  env: NodeJS.ProcessEnv,
  failures: string[],
): Promise<TemporalCli | undefined> {
  const path = join(cacheDir, FOLDER, PROGRAM);
  return (await willDo(path, env, failures)) ? { path, source: 'the cache' } : undefined;
}

/** Whether the program is there, runs and is new enough; if it is there and will not do, the failures say why. */
async function willDo(path: string, env: NodeJS.ProcessEnv, failures: string[]): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
  } catch {
    return false;
  }
  try {
    const { cli, server, isNewEnough } = await readTemporalVersion(path, env);
    if (!isNewEnough) failures.push(`${path}: version ${cli} with server ${server} is too old`);
    return isNewEnough;
  } catch (error) {
    failures.push(`${path}: ${(error as Error).message}`);
    return false;
  }
}

async function fetchFirst(
  sources: readonly TemporalSource[],
  { env, cacheDir, log }: FindTemporalOptions,
  failures: string[],
): Promise<TemporalCli | undefined> {
  for (const source of sources) {
    try {
      log.info({ source: source.name }, `No usable \`temporal\` yet: trying ${source.name}.`);
      return { path: await fetchIntoCache(source, cacheDir, env), source: source.name };
    } catch (error) {
      failures.push(`${source.name}: ${tellWhole(error as Error)}`);
    }
  }
  return undefined;
}

/** Fetched beside its place and renamed: two processes at once both end with a whole program. */
async function fetchIntoCache(
  source: TemporalSource,
  cacheDir: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const folder = join(cacheDir, FOLDER);
  const scratch = join(cacheDir, `${SCRATCH}${randomBytes(6).toString('hex')}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOldScratch(cacheDir);
  await mkdir(scratch, { mode: 0o700 });
  try {
    const fetched = join(scratch, PROGRAM);
    await source.fetchTo(fetched, env);
    const { cli, server, isNewEnough } = await readTemporalVersion(fetched, env);
    if (!isNewEnough) throw new Error(`version ${cli} with server ${server} is too old`);
    await rename(fetched, join(folder, PROGRAM));
    return join(folder, PROGRAM);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function removeOldScratch(cacheDir: string): Promise<void> {
  for (const entry of await readdir(cacheDir)) {
    if (!entry.startsWith(SCRATCH)) continue;
    const found = await stat(join(cacheDir, entry)).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > SCRATCH_LIFE_MS)
      await rm(join(cacheDir, entry), { recursive: true, force: true });
  }
}

/** `fetch` says only "fetch failed": what failed is in its cause. */
function tellWhole({ message, cause }: Error): string {
  return message === 'fetch failed' && cause instanceof Error ? `${message}: ${cause.message}` : message;
}
