/** The bench's side of the servers without Holdfast: starts the process that holds them, and names them to the kernel. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeToken } from '#api/access-tokens.ts';
import type { RunningRedis } from '../baselines/redis.ts';
import type { LocalSecrets } from '../../bin/local/local-secrets.ts';
import type { Part } from '../processes/usage.ts';
import { startRemote } from '../processes/remote.ts';
import { findServers } from './installation.ts';
import type { NodeProcess, NodeProcessOptions } from './node-process.ts';
import type { ServerAddresses, ServersServices } from './servers-process.ts';

/** Running servers, and the secrets that Holdfast's processes on them share. */
export interface Servers {
  readonly dataDir: string;
  readonly addresses: ServerAddresses;
  readonly secrets: Omit<LocalSecrets, 'ownerToken'>;
  /** The servers that were started here; none that runs elsewhere. */
  readonly parts: () => Promise<readonly Part[]>;
  /** Starts a process of Holdfast, which ends with the servers at the latest. */
  readonly startNode: (options: NodeProcessOptions) => Promise<NodeProcess>;
  /** Starts Redis beside them; undefined when there is none on PATH. */
  readonly startRedis: () => Promise<RunningRedis | undefined>;
  readonly stop: () => Promise<void>;
}

/** Servers that were told to start. */
export interface ServersLaunch {
  readonly ready: Promise<Servers>;
  /** Stops them in order, ready or not. */
  readonly stop: () => Promise<void>;
}

const keyBytes = 32;

/** Starts the servers on a data folder and brings the schema up to date. */
export function launchServers(dataDir: string): ServersLaunch {
  const remote = startRemote<ServersServices>(new URL('./servers-process.ts', import.meta.url), {
    isDetached: true,
  });
  const secrets = {
    platformToken: makeToken(),
    encryptionKeys: `bench:${randomBytes(keyBytes).toString('base64')}`,
  };
  const ready = remote.call('start', dataDir).then((addresses) => ({
    dataDir,
    addresses,
    secrets,
    parts: () => findServers(dataDir),
    startRedis: () => remote.call('startRedis', join(dataDir, 'redis')),
    startNode: async (options: NodeProcessOptions) => {
      const started = await remote.call('startNode', options);
      return { ...started, kill: () => remote.call('killNode', started.pid) };
    },
    stop: remote.stop,
  }));
  return { ready, stop: remote.stop };
}
