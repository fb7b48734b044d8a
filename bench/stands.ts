/**
 * What cases measure against, one at a time so that nothing that idles disturbs: the installation that they share, or
 * its servers alone. Each is started when a case first asks for it, and stops when a case asks for the other.
 */
import { join } from 'node:path';
import { launchInstallation, type Installation, type RunningHoldfast } from './holdfast/installation.ts';
import { openRecords, type Records } from './holdfast/records.ts';
import { launchServers, type Servers } from './holdfast/servers.ts';
import { describeServers, type ServerVersions } from './report/versions.ts';

/** A running Holdfast and its database as a witness. */
export interface Subject<Running extends RunningHoldfast = RunningHoldfast> {
  readonly installation: Running;
  readonly records: Records;
}

/** Servers without Holdfast, and their database as a witness. */
export interface Ground {
  readonly servers: Servers;
  readonly records: Records;
}

/** The stands of a run. */
export interface Stands {
  readonly subject: () => Promise<Subject<Installation>>;
  readonly ground: () => Promise<Ground>;
  /** What the servers said of themselves; undefined when no case needed any. */
  readonly serverVersions: () => ServerVersions | undefined;
  readonly stop: () => Promise<void>;
}

interface Launched<Stand> {
  readonly stand: Promise<Stand>;
  readonly stop: () => Promise<void>;
}

/** Makes the stands of a run in its folder; starts none. */
export function createStands(folder: string, say: (line: string) => void): Stands {
  let subject: Launched<Subject<Installation>> | undefined;
  let ground: Launched<Ground> | undefined;
  let versions: ServerVersions | undefined;
  let isStopped = false;

  const witness = async (databaseUrl: string, dataDir: string): Promise<Records> => {
    const records = await openRecords(databaseUrl);
    versions ??= await describeServers(dataDir, records);
    return records;
  };
  const launchSubject = (): Launched<Subject<Installation>> => {
    say('starting Holdfast on fresh data');
    const { ready, stop } = launchInstallation(join(folder, 'shared'), 'node');
    const stand = ready.then(async (installation) => ({
      installation,
      records: await witness(installation.addresses.databaseUrl, installation.dataDir),
    }));
    return launched(stand, stop);
  };
  const launchGround = (): Launched<Ground> => {
    say('starting PostgreSQL and Temporal alone on fresh data');
    const { ready, stop } = launchServers(join(folder, 'servers'));
    const stand = ready.then(async (servers) => ({
      servers,
      records: await witness(servers.addresses.databaseUrl, servers.dataDir),
    }));
    return launched(stand, stop);
  };
  const refuseWhenStopped = (): void => {
    if (isStopped) throw new Error('The bench is being stopped');
  };

  return {
    subject: async () => {
      refuseWhenStopped();
      await ground?.stop();
      ground = undefined;
      return (subject ??= launchSubject()).stand;
    },
    ground: async () => {
      refuseWhenStopped();
      await subject?.stop();
      subject = undefined;
      return (ground ??= launchGround()).stand;
    },
    serverVersions: () => versions,
    stop: async () => {
      isStopped = true;
      await Promise.all([subject?.stop(), ground?.stop()]);
    },
  };
}

/** Stops the witness before what it looks at. */
function launched<Stand extends { readonly records: Records }>(
  stand: Promise<Stand>,
  stop: () => Promise<void>,
): Launched<Stand> {
  return {
    stand,
    stop: async () => {
      await stand.then(({ records }) => records.close()).catch(() => undefined);
      await stop();
    },
  };
}
