/**
 * The plain way with Temporal: a workflow for each delivery that calls one ordinary activity, eleven events, with the
 * SDK's own settings throughout.
 */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, Worker, DefaultLogger } from '@temporalio/worker';
import type { Baseline, BaselineSetup } from './baseline.ts';
import { openJobDelivery } from './deliver-job.ts';
import type { deliverJob } from './plain-workflow.ts';

/** Opens it. */
export function openPlain(setup: BaselineSetup): Baseline {
  const { servers, schema: taskQueue } = setup;
  const namespace = process.env['TEMPORAL_NAMESPACE'] || 'default';
  const delivery = openJobDelivery(setup);
  const connection = Connection.lazy({ address: servers.temporal });
  const client = new Client({ connection, namespace });
  let endWork = async (): Promise<void> => undefined;
  return {
    prepare: delivery.prepare,
    enqueue: async (jobs) => {
      await Promise.all(
        jobs.map((job) =>
          client.workflow.start<typeof deliverJob>('deliverJob', {
            workflowId: `${taskQueue}/${job.id}`,
            taskQueue,
            args: [job],
          }),
        ),
      );
    },
    work: async () => {
      Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
      const native = await NativeConnection.connect({ address: servers.temporal });
      const worker = await Worker.create({
        connection: native,
        namespace,
        taskQueue,
        workflowsPath: fileURLToPath(new URL('./plain-workflow.ts', import.meta.url)),
        activities: { postAndRecord: delivery.deliver },
      });
      const running = worker.run();
      endWork = async () => {
        worker.shutdown();
        await running;
        await native.close();
      };
    },
    stop: async () => {
      await endWork();
      await Promise.all([connection.close(), delivery.close()]);
    },
  };
}
