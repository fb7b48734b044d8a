/**
 * What cases work with: the receiver, the generator, one installation that is started when a case first asks for it,
 * and the yardstick, measured once a run. Stops all of it.
 */
import { join } from 'node:path';
import { startGenerator, type Generator } from './load/generator.ts';
import type { PostCost } from './load/post-signed.ts';
import {
  launchInstallation,
  type Installation,
  type Launch,
  type StartCommand,
} from './holdfast/installation.ts';
import { openRecords, type Records } from './holdfast/records.ts';
import type { Part } from './processes/usage.ts';
import { startReceiver, type Receiver } from './receiver/receiver.ts';

/** An installation and its database as a witness. */
export interface Subject {
  readonly installation: Installation;
  readonly records: Records;
}

/** The bench of one run. */
export interface Bench {
  /** True for a trial run, whose figures mean little. */
  readonly isShort: boolean;
  /** A folder that goes with the run. */
  readonly folder: string;
  readonly receiver: Receiver;
  readonly generator: Generator;
  /** Starts an installation on a folder below the run's own; it is stopped with the bench at the latest. */
  readonly startInstallation: (name: string, command: StartCommand) => Promise<Installation>;
  /** The installation that cases share, started at the first call. */
  readonly subject: () => Promise<Subject>;
  /** The subject, if a case has asked for it. */
  readonly startedSubject: () => Promise<Subject | undefined>;
  /** What one signed POST of 2 KB costs, measured at the first call. */
  readonly yardstick: () => Promise<PostCost>;
  /** The bench's own processes, whose share of the machine belongs beside the figures. */
  readonly instruments: readonly Part[];
  /** Says on the terminal what is going on. */
  readonly say: (line: string) => void;
  /** True once the bench is being stopped: then no further case makes sense. */
  readonly isStopping: () => boolean;
  readonly stop: () => Promise<void>;
}

/** What the run is like. */
export interface BenchOptions {
  readonly isShort: boolean;
  readonly folder: string;
  readonly say: (line: string) => void;
}

const yardstickBytes = 2048;
const yardstickLane = '/yardstick';
const yardstickRounds = 3;

/** Starts the receiver and the generator. */
export async function openBench(options: BenchOptions): Promise<Bench> {
  const { isShort, folder, say } = options;
  const receiver = await startReceiver();
  const generator = startGenerator();
  let subject: Promise<Subject> | undefined;
  let yardstick: Promise<PostCost> | undefined;

  const launches: Launch[] = [];
  let isStopping = false;
  const start = (name: string, command: StartCommand): Promise<Installation> => {
    if (isStopping) throw new Error('The bench is being stopped');
    const launch = launchInstallation(join(folder, name), command);
    launches.push(launch);
    return launch.ready;
  };
  const startSubject = async (): Promise<Subject> => {
    say('starting Holdfast on fresh data');
    const installation = await start('shared', 'node');
    return { installation, records: await openRecords(installation.addresses.databaseUrl) };
  };
  return {
    ...options,
    receiver,
    generator,
    startInstallation: start,
    isStopping: () => isStopping,
    subject: () => (subject ??= startSubject()),
    startedSubject: () => Promise.resolve(subject?.catch(() => undefined)),
    yardstick: () => (yardstick ??= measureYardstick(receiver, generator, isShort ? 1000 : 10_000)),
    instruments: [
      { name: 'generator', tree: { root: generator.pid } },
      { name: 'receiver', tree: { root: receiver.pid } },
    ],
    stop: async () => {
      isStopping = true;
      const records = subject?.then((started) => started.records.close()).catch(() => undefined);
      const installations = launches.map((launch) => launch.stop());
      await Promise.all([records, receiver.stop(), generator.stop(), ...installations]);
    },
  };
}

/** The median of some rounds after one that only warms up. */
async function measureYardstick(receiver: Receiver, generator: Generator, posts: number): Promise<PostCost> {
  const plan = { url: receiver.urlOf(yardstickLane), posts, bodyBytes: yardstickBytes, connections: 16 };
  const costs: PostCost[] = [];
  for (let round = 0; round <= yardstickRounds; round += 1) {
    costs.push(await generator.postSigned(plan));
    await receiver.forget(yardstickLane);
  }
  const sorted = costs.slice(1).sort((one, other) => one.cpuMs - other.cpuMs);
  return sorted[Math.floor(sorted.length / 2)] as PostCost;
}
