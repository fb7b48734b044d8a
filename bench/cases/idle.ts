/** What an installation holds and uses when nothing happens: after its start, and again after all the load. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import type { Case, CaseResult, Figure } from '../case.ts';
import { cpuBetween, othersBetween, readCpu, readMemories } from '../processes/usage.ts';

const megabyte = 1024 * 1024;
const memoryTarget = { atMost: 900 };
const cpuTarget = { atMost: 3 };

function total(values: readonly (number | undefined)[]): number | undefined {
  return values.includes(undefined)
    ? undefined
    : values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

async function measureIdle(bench: Bench): Promise<CaseResult> {
  // Some twenty seconds after a start the garbage collector tidies up once, which is not what an idle process costs.
  const settleSeconds = bench.isShort ? 1 : 30;
  const seconds = bench.isShort ? 2 : 15;
  const { installation } = await bench.subject();
  await delay(settleSeconds * 1000);
  const before = readCpu(await installation.parts());
  await delay(seconds * 1000);
  const after = readCpu(await installation.parts());
  const spentMs = after.atMs - before.atMs;
  const cpu = cpuBetween(before, after).map(({ name, cpuMs }) => ({ name, share: (cpuMs * 100) / spentMs }));
  const memories = readMemories(await installation.parts());
  const inMegabytes = (bytes: number | undefined) => (bytes === undefined ? undefined : bytes / megabyte);
  const memoryFigures = memories.map(({ name, pssBytes }): Figure => ({
    name: `${name} PSS`,
    value: inMegabytes(pssBytes),
    unit: 'MB',
  }));
  return {
    settings: { settleSeconds, seconds, processes: memories.map(({ name, processes }) => [name, processes]) },
    figures: [
      ...memoryFigures,
      {
        name: 'all PSS',
        value: inMegabytes(total(memories.map(({ pssBytes }) => pssBytes))),
        unit: 'MB',
        target: memoryTarget,
      },
      {
        name: 'all RSS, shared pages counted again',
        value: inMegabytes(total(memories.map(({ rssBytes }) => rssBytes))),
        unit: 'MB',
        target: memoryTarget,
      },
      ...cpu.map(({ name, share }) => ({ name: `${name} CPU`, value: share, unit: '% of a core' })),
      {
        name: 'all CPU',
        value: total(cpu.map(({ share }) => share)),
        unit: '% of a core',
        target: cpuTarget,
      },
      { name: 'used by others meanwhile', value: othersBetween(before, after), unit: '% of a core' },
    ],
  };
}

/** After the start. */
export const idleCase: Case = {
  name: 'idle',
  title: 'nothing happens, after the start',
  run: measureIdle,
};

/** After the load of the other cases. */
export const idleAfterLoadCase: Case = {
  name: 'idle-after-load',
  title: 'nothing happens, after the cases before',
  run: measureIdle,
};
