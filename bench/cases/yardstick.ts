/** The yardstick: what the bare POST costs on this machine in this run, against which deliveries are held. */
import type { Case } from '../case.ts';

/** Measures it. */
export const yardstickCase: Case = {
  name: 'yardstick',
  title: 'one signed POST of 2 KB by undici over kept connections, without Holdfast',
  run: async (bench) => {
    const { cpuMs, perSecond } = await bench.yardstick();
    return {
      settings: { bodyBytes: 2048, connections: 16 },
      figures: [
        { name: 'CPU a POST, sender', value: cpuMs, unit: 'ms' },
        { name: 'POSTs', value: perSecond, unit: '/s' },
      ],
    };
  },
};
