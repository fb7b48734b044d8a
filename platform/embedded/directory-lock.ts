/**
 * Lets one process at a time work in a folder. A lock is an empty file whose name says who holds it, so it is
 * never half written; it outlives `kill -9`, but counts only while the very process it names runs.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isAlive, readStartTime } from './process-identity.ts';

const FOLDER = 'lock';
const TRIES = 12;
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 60;

/** A lock that is held until it is released or the process ends. */
export interface DirectoryLock {
  readonly release: () => void;
}

/** Another process works in the folder. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  readonly pid: number;
  readonly since: Date;

  constructor(directory: string, { pid, sinceMs }: { readonly pid: number; readonly sinceMs: number }) {
    const since = new Date(sinceMs);
    super(`${directory} is in use by process ${pid} since ${since.toISOString()}.`);
    this.pid = pid;
    this.since = since;
  }
}

interface Claim {
  readonly file: string;
  readonly sinceMs: number;
  readonly pid: number;
  readonly startTime: string;
}

/**
 * Takes the folder for this process, or throws DirectoryInUseError. Of two starters each first claims and then
 * looks, so the later one to look sees the other; the older claim stays while the younger withdraws.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const folder = join(directory, FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let own: Claim | undefined;
  let rival: Claim | undefined;
  for (let tries = 1; tries <= TRIES; tries += 1) {
    rival = findOldest(folder, own);
    if (rival === undefined && own !== undefined) return holdUntilReleased(folder, own);
    if (rival === undefined) {
      own = makeClaim(folder);
      continue;
    }
    if (own !== undefined && isOlder(rival, own)) {
      withdraw(folder, own);
      own = undefined;
    }
    await sleep(randomInt(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS));
  }
  if (own !== undefined) withdraw(folder, own);
  throw new DirectoryInUseError(directory, rival ?? { pid: process.pid, sinceMs: Date.now() });
}

function holdUntilReleased(folder: string, claim: Claim): DirectoryLock {
  const release = (): void => {
    process.off('exit', release);
    withdraw(folder, claim);
  };
  process.once('exit', release);
  return { release };
}

function makeClaim(folder: string): Claim {
  const startTime = encode(readStartTime(process.pid));
  const sinceMs = Date.now();
  const file = [sinceMs, process.pid, startTime, randomBytes(6).toString('hex')].join('.');
  closeSync(openSync(join(folder, file), 'wx', 0o600));
  return { file, sinceMs, pid: process.pid, startTime };
}

function withdraw(folder: string, { file }: Claim): void {
  rmSync(join(folder, file), { force: true });
}

/** The oldest claim of a living process besides our own; those of dead ones are removed on the way. */
function findOldest(folder: string, own: Claim | undefined): Claim | undefined {
  let oldest: Claim | undefined;
  for (const file of readdirSync(folder)) {
    const claim = parseClaim(file);
    if (claim === undefined || file === own?.file) continue;
    if (!isHeld(claim)) withdraw(folder, claim);
    else if (oldest === undefined || isOlder(claim, oldest)) oldest = claim;
  }
  return oldest;
}

function parseClaim(file: string): Claim | undefined {
  const [, since, pid, startTime] = /^(\d+)\.(\d+)\.([\w-]*)\.[\da-f]+$/u.exec(file) ?? [];
  if (since === undefined || pid === undefined || startTime === undefined) return undefined;
  return { file, sinceMs: Number(since), pid: Number(pid), startTime };
}

function isHeld({ pid, startTime }: Claim): boolean {
  return isAlive(pid) && (startTime === '' || encode(readStartTime(pid)) === startTime);
}

function isOlder(one: Claim, other: Claim): boolean {
  return one.sinceMs < other.sinceMs || (one.sinceMs === other.sinceMs && one.file < other.file);
}

/** Empty where the system tells no start time: then only the pid counts. */
function encode(startTime: string | undefined): string {
  return Buffer.from(startTime ?? '').toString('base64url');
}
