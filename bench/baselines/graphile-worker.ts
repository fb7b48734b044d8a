/**
 * graphile-worker: jobs in PostgreSQL, woken by NOTIFY. Batched means its local queue and its batched completion, as
 * its page on performance has them.
 */
import { Logger, makeWorkerUtils, run, type Runner, type WorkerUtils } from 'graphile-worker';
import { concurrentJobs, type Baseline, type BaselineSetup, type Job } from './baseline.ts';
import { openJobDelivery } from './deliver-job.ts';

const task = 'deliver';
const localQueueSize = 500;

/** A line a job would be charged to the worker; only what goes wrong is told. */
const logger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') console.error(message);
});

/** Opens it. */
export function openGraphileWorker(setup: BaselineSetup): Baseline {
  const { servers, schema, mode } = setup;
  const delivery = openJobDelivery(setup);
  const batching =
    mode === 'one'
      ? {}
      : { localQueue: { size: localQueueSize }, completeJobBatchDelay: 0, failJobBatchDelay: 0 };
  const preset = {
    worker: {
      connectionString: servers.databaseUrl,
      schema: `${schema}_queue`,
      concurrentJobs,
      maxPoolSize: concurrentJobs + 2,
      logger,
      ...batching,
    },
  };
  let utils: Promise<WorkerUtils> | undefined;
  let runner: Runner | undefined;
  const open = (): Promise<WorkerUtils> => (utils ??= makeWorkerUtils({ preset }));
  return {
    prepare: async () => {
      await delivery.prepare();
      await (await open()).migrate();
    },
    enqueue: async (jobs) => {
      const { addJob, addJobs } = await open();
      const [job] = jobs;
      if (jobs.length === 1 && job !== undefined) await addJob(task, job);
      else await addJobs(jobs.map((payload) => ({ identifier: task, payload })));
    },
    work: async () => {
      runner = await run({
        preset,
        noHandleSignals: true,
        taskList: { [task]: (payload) => delivery.deliver(payload as Job) },
      });
    },
    stop: async () => {
      await runner?.stop();
      await (await utils)?.release();
      await delivery.close();
    },
  };
}
