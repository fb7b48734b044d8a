/**
 * A process is killed without warning amid a burst and started again three seconds later: whether everything that was
 * accepted arrives, how soon, and how often twice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { Case, CaseResult, Figure } from '../case.ts';
import { nowMs } from '../clock.ts';
import { deliverLoad, loadFigures, refusedName, type Delivered, type UnderWay } from '../deliver-load.ts';
import { most } from '../delivery-figures.ts';
import type { Installation } from '../holdfast/installation.ts';
import { openRecords } from '../holdfast/records.ts';
import type { Subject } from '../stands.ts';
import { warmUp } from '../warm-up.ts';
import { withProcesses } from '../with-processes.ts';

const events = 5000;
const shortEvents = 80;
const connections = 50;
/** The share of the burst that has arrived when the process is killed. */
const killAfterShare = 0.3;
const downMs = 3000;
const deadlineMs = 120_000;
const allArrivedTarget = { atMost: 15 };
const duplicatesTarget = { atMost: 150 };

interface Kill {
  readonly atMs: number;
  /** Deliveries that had arrived and of which PostgreSQL knew no attempt yet. */
  readonly unrecorded: number;
}

/** Waits for the moment, kills, and counts what the kill left between the receiver and the records. */
async function killAmid(
  bench: Bench,
  { repository, lanes }: UnderWay,
  kill: () => Promise<void>,
  subject: Subject,
): Promise<Kill> {
  const { receiver } = bench;
  const count = Math.ceil((bench.isShort ? shortEvents : events) * killAfterShare);
  await receiver.untilSucceeded(lanes, count, deadlineMs);
  await kill();
  const atMs = nowMs();
  const attempts = await subject.records.attempts(repository);
  const entries = await receiver.entries(lanes);
  return { atMs, unrecorded: Math.max(0, entries.length - attempts) };
}

function killedFigures({ entries, tally }: Delivered, { atMs, unrecorded }: Kill): readonly Figure[] {
  const before = entries.filter(({ firstMs }) => firstMs < atMs).length;
  return [
    { name: 'arrived before the kill', value: before, unit: 'deliveries' },
    {
      name: 'from the kill until all had arrived',
      value: (most(entries.map(({ firstMs }) => firstMs)) - atMs) / 1000,
      unit: 's',
      target: allArrivedTarget,
    },
    { name: 'lost', value: tally.lost, unit: 'deliveries', target: { atMost: 0 } },
    {
      name: 'arrived twice',
      value: tally.duplicated,
      unit: 'deliveries',
      target: { atMost: Math.min(unrecorded, duplicatesTarget.atMost) },
    },
    {
      name: 'arrived and unrecorded at the kill',
      value: unrecorded,
      unit: 'deliveries',
      target: duplicatesTarget,
    },
  ];
}

async function measureKill(
  bench: Bench,
  name: string,
  subject: Subject,
  kill: () => Promise<void>,
  startAgain: () => Promise<void>,
): Promise<CaseResult> {
  const load = { events: bench.isShort ? shortEvents : events, connections, payloadBytes: 2048 };
  let killed: Kill | undefined;
  const during = async (underWay: UnderWay): Promise<void> => {
    killed = await killAmid(bench, underWay, kill, subject);
    await delay(downMs);
    await startAgain();
  };
  const delivered = await deliverLoad(bench, { name, hooks: [{}], load, deadlineMs, subject, during });
  if (killed === undefined) throw new Error('Nothing was killed');
  return {
    settings: { ...load, hooks: 1, downMs, killAfterShare },
    figures: [...killedFigures(delivered, killed), ...loadFigures(delivered)],
    tally: delivered.tally,
  };
}

/** The only worker of an API that goes on accepting. */
export const killedWorkerCase: Case = {
  name: 'killed-worker',
  title: `the worker is killed amid a burst of ${events} and started again after ${downMs / 1000} s`,
  run: (bench) =>
    withProcesses(bench, 'killed-worker', { workers: 1 }, (subject) => {
      const { killWorker, addWorker } = subject.installation;
      return measureKill(bench, 'killed-worker', subject, killWorker, addWorker);
    }),
};

/** All of Holdfast in its one process, whose servers live on: what was not accepted by then is not. */
export const killedHoldfastCase: Case = {
  name: 'killed-holdfast',
  title: `\`npm start\` is killed amid a burst of ${events} and started again after ${downMs / 1000} s`,
  run: async (bench) => {
    const folder = 'killed-holdfast';
    let installation: Installation = await bench.startInstallation(folder, 'node');
    let records = await openRecords(installation.addresses.databaseUrl);
    // Wherever the installation is by then: a new start may have given it other ports.
    const subject: Subject = {
      installation: {
        secrets: installation.secrets,
        get addresses() {
          return installation.addresses;
        },
        parts: () => installation.parts(),
      },
      get records() {
        return records;
      },
    };
    try {
      await warmUp(bench, `${folder}-warm-up`, subject);
      const kill = (): Promise<void> => installation.kill();
      const startAgain = async (): Promise<void> => {
        installation = await bench.startInstallation(folder, 'node');
        await records.close();
        records = await openRecords(installation.addresses.databaseUrl);
      };
      const result = await measureKill(bench, folder, subject, kill, startAgain);
      return { ...result, figures: result.figures.map(withoutRefusalTarget) };
    } finally {
      await records.close();
      await installation.stop();
    }
  },
};

/** Nobody is there to accept while all of it is down. */
function withoutRefusalTarget(figure: Figure): Figure {
  const { target: _target, ...rest } = figure;
  return figure.name === refusedName ? rest : figure;
}
