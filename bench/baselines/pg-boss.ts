/**
 * pg-boss: jobs in PostgreSQL. Set up for speed with what its documentation offers: woken by NOTIFY, fetching on
 * without a pause while there are jobs ready.
 */
import { PgBoss } from 'pg-boss';
import { batchedJobs, concurrentJobs, type Baseline, type BaselineSetup, type Job } from './baseline.ts';
import { openJobDelivery } from './deliver-job.ts';

const queue = 'deliveries';
const connections = 20;
const pollSeconds = 0.5;
const statisticsSeconds = 1;

/** Batches of this size by these many workers, when batched: as many jobs under way as when not, several times over. */
const batched = { batchSize: batchedJobs, localConcurrency: 4, burstWhenBatchFull: true } as const;
const oneByOne = { batchSize: 1, localConcurrency: concurrentJobs, burstWhenReadyExceeds: 1 } as const;

/** Opens it. */
export function openPgBoss(setup: BaselineSetup): Baseline {
  const { servers, schema, mode } = setup;
  const delivery = openJobDelivery(setup);
  const boss = new PgBoss({
    connectionString: servers.databaseUrl,
    schema: `${schema}_queue`,
    max: connections,
    useListenNotify: true,
    superviseIntervalSeconds: statisticsSeconds,
    monitorIntervalSeconds: statisticsSeconds,
    queueCacheIntervalSeconds: statisticsSeconds,
  });
  boss.on('error', (error) => console.error(error));
  const polling = { pollingIntervalSeconds: pollSeconds, notifyPollingIntervalSeconds: pollSeconds };
  let started: Promise<unknown> | undefined;
  const start = (): Promise<unknown> => (started ??= boss.start());
  return {
    prepare: async () => {
      await delivery.prepare();
      await start();
      await boss.createQueue(queue, { notify: true });
    },
    enqueue: async (jobs) => {
      await start();
      const [job] = jobs;
      if (jobs.length === 1 && job !== undefined) await boss.send(queue, job);
      else
        await boss.insert(
          queue,
          jobs.map((data) => ({ data })),
        );
    },
    work: async () => {
      await start();
      const options = mode === 'one' ? { ...polling, ...oneByOne } : { ...polling, ...batched };
      await boss.work<Job>(queue, options, async (jobs) => {
        const [job] = jobs;
        if (mode === 'batched') await delivery.deliverMany(jobs.map(({ data }) => data));
        else if (job !== undefined) await delivery.deliver(job.data);
      });
    },
    stop: async () => {
      await boss.stop({ graceful: false });
      await delivery.close();
    },
  };
}
