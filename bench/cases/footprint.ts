/** What one delivery leaves behind: history events in Temporal; transactions and write-ahead log in PostgreSQL. */
import { setTimeout as delay } from 'node:timers/promises';
import { connectTemporal } from '#platform/temporal.ts';
import { createApiClient } from '../../bin/api-client.ts';
import type { Case } from '../case.ts';
import { deliverLoad, loadFigures, type Delivered } from '../deliver-load.ts';
import type { Installation } from '../holdfast/installation.ts';
import type { DatabaseCounters } from '../holdfast/records.ts';

/** A connection that falls idle tells its counters to the statistics within ten seconds. */
const statisticsDelayMs = 11_000;

const describedDeliveries = 5;
const describeDeadlineMs = 5000;

/** The lengths of the histories of some deliveries' workflows, in order. */
async function historyLengths(
  { addresses }: Installation,
  { promised, repository }: Delivered,
): Promise<readonly number[]> {
  const api = createApiClient(addresses.api, repository.token);
  const namespace = process.env['TEMPORAL_NAMESPACE'] || 'default';
  const temporal = connectTemporal({ address: addresses.temporal, namespace });
  const lengths: number[] = [];
  try {
    for (const { id } of promised.slice(-describedDeliveries)) {
      const { data } = await api.call<{ data: { workflowId: string } }>('GET', `/api/deliveries/${id}`);
      const handle = temporal.client.workflow.getHandle(data.workflowId);
      const { historyLength } = await temporal.withDeadline(describeDeadlineMs, () => handle.describe());
      lengths.push(historyLength);
    }
  } finally {
    await temporal.close();
  }
  return lengths.sort((one, other) => one - other);
}

function changePerSecond(before: DatabaseCounters, after: DatabaseCounters): number {
  return ((after.transactions - before.transactions) * 1000) / (after.atMs - before.atMs);
}

/** Counts over deliveries at a gentle pace, and takes off what an idle installation does anyway. */
export const footprintCase: Case = {
  name: 'footprint',
  title: 'what one delivery leaves behind, 10 events/s',
  isWarm: true,
  run: async (bench) => {
    const perSecond = 10;
    const events = bench.isShort ? 50 : 200;
    const idleSeconds = bench.isShort ? 5 : 20;
    const load = { events, perSecond, connections: 16, payloadBytes: 2048 };
    const { installation, records } = await bench.subject();
    await delay(statisticsDelayMs);
    const idleFrom = await records.counters();
    await delay(idleSeconds * 1000);
    const before = await records.counters();
    const delivered = await deliverLoad(bench, { name: 'footprint', hooks: [{}], load, deadlineMs: 60_000 });
    await delay(statisticsDelayMs);
    const after = await records.counters();

    const lengths = await historyLengths(installation, delivered);
    const idlePerSecond = changePerSecond(idleFrom, before);
    const transactions = after.transactions - before.transactions;
    const idleTransactions = (idlePerSecond * (after.atMs - before.atMs)) / 1000;
    const { accepted } = delivered.tally;
    return {
      settings: { ...load, hooks: 1, idleSeconds },
      figures: [
        { name: 'history events, median', value: lengths[Math.floor(lengths.length / 2)], unit: 'events' },
        {
          name: 'PostgreSQL transactions a delivery',
          value: (transactions - idleTransactions) / accepted,
          unit: '',
        },
        {
          name: 'of which write',
          value: Number(after.writes - before.writes) / accepted,
          unit: '',
        },
        { name: 'PostgreSQL transactions when idle', value: idlePerSecond, unit: '/s' },
        {
          name: 'write-ahead log a delivery',
          value: Number(after.walBytes - before.walBytes) / 1024 / accepted,
          unit: 'KB',
        },
        ...loadFigures(delivered),
      ],
      tally: delivered.tally,
    };
  },
};
