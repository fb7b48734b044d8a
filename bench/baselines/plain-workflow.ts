/** The workflow of the plain way. Runs in the SDK's sandbox: knows its activity by type only. */
import { proxyActivities } from '@temporalio/workflow';
import type { Job } from './baseline.ts';

interface Activities {
  readonly postAndRecord: (job: Job) => Promise<void>;
}

const { postAndRecord } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** Delivers one job. */
export async function deliverJob(job: Job): Promise<void> {
  await postAndRecord(job);
}
