/** Many events at once, through either route: how many deliveries a second come out, and what each of them costs. */
import type { Bench } from '../bench.ts';
import type { Case, CaseResult, Figure } from '../case.ts';
import { arrivalLatencies, deliverLoad, loadFigures, type Delivered } from '../deliver-load.ts';
import { latencyFigures } from '../latency-figures.ts';

const connections = 50;
const batchSize = 100;

async function runBurst(bench: Bench, name: string, batch: { batchSize?: number }): Promise<CaseResult> {
  const events = bench.isShort ? 200 : 1000;
  const load = { events, connections, payloadBytes: 2048, ...batch };
  const delivered = await deliverLoad(bench, { name, hooks: [{}], load, deadlineMs: 300_000 });
  const latency = latencyFigures(arrivalLatencies(delivered), {
    name: 'due → receiver',
    percentiles: ['p50', 'p99', 'max'],
  });
  return {
    settings: { ...load, hooks: 1 },
    figures: [
      ...rateFigures(delivered),
      ...(await costFigures(bench, delivered)),
      ...latency.figures,
      ...loadFigures(delivered),
    ],
    tally: delivered.tally,
    histograms: { 'due → receiver': latency.histogram },
  };
}

/** From the moment at which all was due to the last reply, and to the last first arrival. */
function rateFigures({ outcome, entries }: Delivered): readonly Figure[] {
  const dueMs = Math.min(...outcome.requests.map((request) => request.dueMs));
  const repliedMs = Math.max(...outcome.requests.map(({ endedMs }) => endedMs)) - dueMs;
  const arrivedMs = Math.max(...entries.map(({ firstMs }) => firstMs)) - dueMs;
  return [
    { name: 'accepted', value: (outcome.accepted.length * 1000) / repliedMs, unit: 'events/s' },
    { name: 'delivered', value: (entries.length * 1000) / arrivedMs, unit: 'deliveries/s' },
  ];
}

/** Processor time a delivery by part, and Holdfast's parts together in yardsticks. */
async function costFigures(bench: Bench, { cpu, tally }: Delivered): Promise<readonly Figure[]> {
  const instruments = new Set(bench.instruments.map(({ name }) => name));
  const perDelivery = cpu.map(({ name, cpuMs }) => ({ name, ms: cpuMs / tally.accepted }));
  const allMs = perDelivery.reduce((sum, { name, ms }) => (instruments.has(name) ? sum : sum + ms), 0);
  const { cpuMs: yardstickMs } = await bench.yardstick();
  return [
    ...perDelivery.map(({ name, ms }) => ({ name: `CPU a delivery, ${name}`, value: ms, unit: 'ms' })),
    { name: 'CPU a delivery, all but the instruments', value: allMs, unit: 'ms' },
    { name: 'the same in yardsticks', value: allMs / yardstickMs, unit: 'POSTs' },
  ];
}

/** Each event in a request of its own. */
export const burstSingleCase: Case = {
  name: 'burst-single',
  title: 'a burst through the single-event route, 50 connections',
  isWarm: true,
  run: (bench) => runBurst(bench, 'burst-single', {}),
};

/** A hundred events in a request. */
export const burstBatchCase: Case = {
  name: 'burst-batch',
  title: 'a burst through the batch route, 100 events a request',
  isWarm: true,
  run: (bench) => runBurst(bench, 'burst-batch', { batchSize }),
};
