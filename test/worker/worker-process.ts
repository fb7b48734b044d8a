/**
 * A worker in a process of its own that runs the real workflows: each delivery's first attempt fails, its second succeeds.
 * Beside them it runs a workflow that never gives its thread back. Started by a test, stopped by SIGTERM.
 */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { AttemptInput } from '#activities/attempt-report.ts';
import { deliveredReport, failedReport } from '../workflows/reports.ts';

const { TEMPORAL_ADDRESS: address, TEMPORAL_TASK_QUEUE: taskQueue } = process.env;
if (address === undefined || taskQueue === undefined) throw new Error('Say where Temporal is');

const logger = new DefaultLogger('ERROR');
Runtime.install({ logger, shutdownSignals: ['SIGTERM'] });
const bundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('./workflows/index.ts', import.meta.url)),
  logger,
});
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowBundle: bundle,
  activities: {
    attemptDelivery: ({ attempt }: AttemptInput) =>
      Promise.resolve(attempt === 1 ? failedReport(1, [3600]) : deliveredReport(attempt)),
  },
});
await worker.run();
await connection.close();
