/** How long `npm start` takes to be ready when everything is installed: on fresh data, and on the data it left. */
import type { Case, Figure } from '../case.ts';

const readyTarget = { atMost: 8 };

function figuresOf(what: string, readyMs: readonly number[]): readonly Figure[] {
  const seconds = readyMs.map((ms) => ms / 1000).sort((one, other) => one - other);
  return [
    {
      name: `${what} data, median`,
      value: seconds[Math.floor((seconds.length - 1) / 2)],
      unit: 's',
      target: readyTarget,
    },
    { name: `${what} data, longest`, value: seconds.at(-1), unit: 's', target: readyTarget },
  ];
}

/** Starts and stops in turn; the shared installation does not run yet. */
export const startCase: Case = {
  name: 'start',
  title: '`npm start`, installed, from the command to ready',
  run: async (bench) => {
    const rounds = bench.isShort ? 1 : 3;
    const fresh: number[] = [];
    const existing: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const times of [fresh, existing]) {
        const installation = await bench.startInstallation(`start-${round}`, 'npm');
        times.push(installation.readyMs);
        await installation.stop();
      }
    }
    return {
      settings: { rounds },
      figures: [...figuresOf('fresh', fresh), ...figuresOf('existing', existing)],
    };
  },
};
