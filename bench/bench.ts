/**
 * What cases work with: the receiver, the generator, the stands that they measure against, and the yardstick, measured
 * once a run. Stops all of it.
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
import type { Part } from './processes/usage.ts';
import { startReceiver, type Receiver } from './receiver/receiver.ts';
import { createStands, type Stands } from './stands.ts';

/** The bench of one run. */
export interface Bench extends Pick<Stands, 'subject' | 'ground' | 'serverVersions'> {
  /** True for a trial run, whose figures mean little. */
  readonly isShort: boolean;
  /** A folder that goes with the run. */
  readonly folder: string;
  readonly receiver: Receiver;
  readonly generator: Generator;
  /** Starts an installation on a folder below the run's own; it is stopped with the bench at the latest. */
  readonly startInstallation: (
    name: string,
    command: StartCommand,
    variables?: Readonly<Record<string, string>>,
  ) => Promise<Installation>;
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
  const stands = createStands(folder, say);
  let yardstick: Promise<PostCost> | undefined;

  const launches: Launch[] = [];
  let isStopping = false;
  const start: Bench['startInstallation'] = (name, command, variables) => {
    if (isStopping) throw new Error('The bench is being stopped');
    const launch = launchInstallation(join(folder, name), command, variables);
    launches.push(launch);
    return launch.ready;
  };
  return {
    ...options,
    receiver,
    generator,
    startInstallation: start,
    isStopping: () => isStopping,
    subject: stands.subject,
    ground: stands.ground,
    serverVersions: stands.serverVersions,
    yardstick: () => (yardstick ??= measureYardstick(receiver, generator, isShort ? 1000 : 10_000)),
    instruments: [
      { name: 'generator', tree: { root: generator.pid } },
      { name: 'receiver', tree: { root: receiver.pid } },
    ],
    stop: async () => {
      isStopping = true;
      const installations = launches.map((launch) => launch.stop());
      await Promise.all([stands.stop(), receiver.stop(), generator.stop(), ...installations]);
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
