/**
 * BullMQ: jobs in Redis. Redis writes its log to the disk once a second, as its own documentation recommends for
 * queues; what it promises is less than what PostgreSQL does.
 */
import { Queue, Worker } from 'bullmq';
import { concurrentJobs, type Baseline, type BaselineSetup, type Job } from './baseline.ts';
import { openJobDelivery } from './deliver-job.ts';

const jobName = 'deliver';

/** Opens it. */
export function openBullmq(setup: BaselineSetup): Baseline {
  const { schema: name, redisPort } = setup;
  if (redisPort === undefined) throw new Error('BullMQ needs Redis');
  const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };
  const delivery = openJobDelivery(setup);
  let queue: Queue<Job> | undefined;
  let worker: Worker<Job> | undefined;
  const open = (): Queue<Job> => (queue ??= new Queue<Job>(name, { connection }));
  return {
    prepare: delivery.prepare,
    enqueue: async (jobs) => {
      const [job] = jobs;
      if (jobs.length === 1 && job !== undefined) await open().add(jobName, job);
      else await open().addBulk(jobs.map((data) => ({ name: jobName, data })));
    },
    work: async () => {
      worker = new Worker<Job>(name, ({ data }) => delivery.deliver(data), {
        connection,
        concurrency: concurrentJobs,
      });
      worker.on('error', (error) => console.error(error));
      await worker.waitUntilReady();
    },
    stop: async () => {
      await worker?.close();
      await queue?.close();
      await delivery.close();
    },
  };
}
