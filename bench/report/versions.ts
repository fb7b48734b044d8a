/** Which software was measured: its commit, what it ran on, and the settings that it was given. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readTemporalVersion } from '#platform/embedded/temporal-version.ts';
import { variableNames } from '#platform/config.ts';
import { serverProgram } from '../holdfast/installation.ts';
import type { Records } from '../holdfast/records.ts';

/** The software. */
export interface Versions {
  /** With `+` behind it when the tree had changes. */
  readonly commit: string;
  readonly node: string;
  /** Absent when no case needed servers. */
  readonly servers?: ServerVersions;
  /** Holdfast's own variables in the bench's environment, which it hands on. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The servers, as they said themselves. */
export interface ServerVersions {
  /** PostgreSQL's version, and the settings on which durability and speed hang. */
  readonly postgres: Readonly<Record<string, string>>;
  readonly temporal: string;
}

const run = promisify(execFile);

/** Secrets have no place in a results file. */
const secretNames = /TOKEN|KEY|DATABASE_URL/;

/** Asks the software. */
export async function describeVersions(servers: ServerVersions | undefined): Promise<Versions> {
  return {
    commit: await readCommit(),
    node: process.versions.node,
    environment: readEnvironment(),
    ...(servers === undefined ? {} : { servers }),
  };
}

async function readCommit(): Promise<string> {
  try {
    const { stdout: commit } = await run('git', ['rev-parse', '--short=12', 'HEAD']);
    const { stdout: changes } = await run('git', ['status', '--porcelain']);
    return `${commit.trim()}${changes === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}

function readEnvironment(): Readonly<Record<string, string>> {
  const names = Object.keys(process.env).filter(
    (name) => name.startsWith('HOLDFAST_') || variableNames.includes(name),
  );
  return Object.fromEntries(
    names.map((name) => [name, secretNames.test(name) ? '(set)' : (process.env[name] ?? '')]),
  );
}

/** Asks servers on a data folder. */
export async function describeServers(dataDir: string, records: Records): Promise<ServerVersions> {
  return { postgres: await records.settings(), temporal: await describeTemporal(dataDir) };
}

async function describeTemporal(dataDir: string): Promise<string> {
  const program = await serverProgram(dataDir, 'temporal');
  if (program === undefined) return 'elsewhere';
  const { cli, server } = await readTemporalVersion(program, process.env);
  return `server ${server} (CLI ${cli}), development server on SQLite`;
}
