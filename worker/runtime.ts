/** Sets up the Temporal SDK's process-wide runtime: its lines go to our log. Called once, before any worker is made. */
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';
import type { Log } from '#platform/log.ts';

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Installs the runtime. Signals are ours to handle, so the SDK is told to leave them alone. */
export function installRuntime(log: Log): void {
  const write = ({ level, message, meta }: LogEntry): void => {
    log[levels[level]]({ ...meta }, message);
  };
  Runtime.install({
    logger: new DefaultLogger('WARN', write),
    shutdownSignals: [],
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} } },
  });
}
