/** What every baseline does with a job: posts it and records the attempt. */
import { openAttempts } from './attempts.ts';
import type { BaselineSetup, Job } from './baseline.ts';
import { createPoster } from './post-job.ts';

/** Delivers jobs. */
export interface JobDelivery {
  /** Makes what the attempts are recorded in anew. */
  readonly prepare: () => Promise<void>;
  readonly deliver: (job: Job) => Promise<void>;
  /** Posts all at once and records them in one statement. */
  readonly deliverMany: (jobs: readonly Job[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens it for a process. */
export function openJobDelivery({ servers, schema }: BaselineSetup): JobDelivery {
  const attempts = openAttempts(servers.databaseUrl, schema);
  const poster = createPoster();
  return {
    prepare: attempts.prepare,
    deliver: async (job) => attempts.record(await poster.post(job)),
    deliverMany: async (jobs) => attempts.recordMany(await Promise.all(jobs.map(poster.post))),
    close: async () => {
      await Promise.all([attempts.close(), poster.close()]);
    },
  };
}
