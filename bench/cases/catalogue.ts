/** How long the catalogue of services takes to answer. */
import type { Case } from '../case.ts';
import { nowMs } from '../clock.ts';
import { latencyFigures } from '../latency-figures.ts';

/** One request after another. */
export const catalogueCase: Case = {
  name: 'catalogue',
  title: 'GET /hooks, one request after another',
  isWarm: true,
  run: async (bench) => {
    const { installation } = await bench.subject();
    const requests = bench.isShort ? 20 : 500;
    const tookMs: number[] = [];
    for (let request = 0; request < requests; request += 1) {
      const startMs = nowMs();
      const response = await fetch(`${installation.addresses.api}/hooks`);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`The catalogue answered ${response.status}`);
      tookMs.push(nowMs() - startMs);
    }
    const { figures } = latencyFigures(tookMs, {
      name: 'request → reply',
      percentiles: ['p50', 'p99'],
      targets: { p50: { atMost: 5 }, p99: { atMost: 5 } },
    });
    return { settings: { requests }, figures };
  },
};
