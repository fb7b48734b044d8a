/**
 * Makes the cluster an embedded PostgreSQL runs on: once, whole or not at all. It is built in a folder beside
 * its place and renamed, so that a crash half-way never leaves one that starts.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { PostgresBinaries } from './postgres-binaries.ts';
import type { Unprivileged } from './unprivileged.ts';

const run = promisify(execFile);
const INITDB_TIMEOUT_MS = 120_000;
const HALF_MADE = 'postgres.initdb-';

/** The user that owns the cluster and the database. */
export const POSTGRES_USER = 'holdfast';

/** Where the cluster is and what opens it. */
export interface PostgresCluster {
  readonly folder: string;
  readonly password: string;
}

/** Refuses, in words, a cluster that was made as root: its files are not ours to read. */
export async function checkOwner(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'postgres');
  const owner = (await stat(folder).catch(() => undefined))?.uid;
  const uid = process.getuid?.() ?? 0;
  if (uid === 0 || owner === undefined || owner === uid) return;
  throw new Error(
    `The PostgreSQL cluster ${folder} belongs to user ${owner}, not to ${uid}: Holdfast ran as root there. ` +
      `Run it as root again, or give all of it to this user: chown -R ${uid} ${dataDir}`,
  );
}

/** Finds the cluster in the data folder, or makes it there. */
export async function prepareCluster(
  dataDir: string,
  { initdb }: PostgresBinaries,
  unprivileged: Unprivileged | undefined,
): Promise<PostgresCluster> {
  const folder = join(dataDir, 'postgres');
  const passwordFile = join(dataDir, 'postgres-password');
  await removeHalfMade(dataDir);
  const exists = (await stat(join(folder, 'PG_VERSION')).catch(() => undefined)) !== undefined;
  const password = await readPassword(passwordFile, exists, folder);
  if (exists) {
    await giveTo(folder, unprivileged);
    return { folder, password };
  }
  const halfMade = join(dataDir, `${HALF_MADE}${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(join(halfMade, 'cluster'), { recursive: true, mode: 0o700 });
    await writeFile(join(halfMade, 'password'), `${password}\n`, { mode: 0o600 });
    for (const path of [halfMade, join(halfMade, 'cluster'), join(halfMade, 'password')]) {
      if (unprivileged !== undefined) await chown(path, unprivileged.uid, unprivileged.gid);
    }
    await runInitdb(initdb, halfMade, unprivileged);
    await rename(join(halfMade, 'cluster'), folder);
  } finally {
    await rm(halfMade, { recursive: true, force: true, maxRetries: 5 });
  }
  return { folder, password };
}

async function runInitdb(
  initdb: string,
  halfMade: string,
  unprivileged: Unprivileged | undefined,
): Promise<void> {
  const [file, ...args] = [
    ...(unprivileged?.launcher ?? []),
    initdb,
    `--pgdata=${join(halfMade, 'cluster')}`,
    `--username=${POSTGRES_USER}`,
    '--auth=scram-sha-256',
    `--pwfile=${join(halfMade, 'password')}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
  try {
    await run(file, args, { timeout: INITDB_TIMEOUT_MS, killSignal: 'SIGKILL', env: postgresEnvironment() });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(`initdb could not make a PostgreSQL cluster: ${stderr.trim() || message}`, {
      cause: error,
    });
  }
}

/** What PostgreSQL's programs see of our environment: nothing that would change what they do. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH } = process.env;
  return { PATH, LD_LIBRARY_PATH, DYLD_LIBRARY_PATH, LC_ALL: 'C', TZ: 'UTC' };
}

/** The password is on disk, whole, before a cluster is made with it. */
async function readPassword(passwordFile: string, clusterExists: boolean, folder: string): Promise<string> {
  const kept = await readFile(passwordFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (kept.trim() !== '') return kept.trim();
  if (clusterExists) {
    throw new Error(
      `The PostgreSQL cluster ${folder} needs the password that was in ${passwordFile}, and that is gone. ` +
        'Put the file back, or move the cluster away to begin an empty one.',
    );
  }
  const password = randomBytes(24).toString('base64url');
  const whole = `${passwordFile}.${randomBytes(6).toString('hex')}`;
  await writeFile(whole, `${password}\n`, { mode: 0o600, flush: true });
  await rename(whole, passwordFile);
  return password;
}

/** A cluster that an ordinary user made is root's to use as well. */
async function giveTo(folder: string, unprivileged: Unprivileged | undefined): Promise<void> {
  if (unprivileged === undefined || (await stat(folder)).uid === unprivileged.uid) return;
  const entries = await readdir(folder, { recursive: true });
  for (const entry of ['.', ...entries]) {
    await chown(join(folder, entry), unprivileged.uid, unprivileged.gid);
  }
}

async function removeHalfMade(dataDir: string): Promise<void> {
  for (const entry of await readdir(dataDir)) {
    if (entry.startsWith(HALF_MADE)) await rm(join(dataDir, entry), { recursive: true, maxRetries: 5 });
  }
}
