/** Runs a measurement on an API process and workers of its own, and stops them afterwards, however it ends. */
import type { Bench } from './bench.ts';
import { startProcesses, type Processes, type ProcessesOptions } from './holdfast/processes.ts';
import type { Subject } from './stands.ts';
import { warmUp } from './warm-up.ts';

/** Starts the processes, warms them up and measures; `name` is the case's. */
export async function withProcesses<Result>(
  bench: Bench,
  name: string,
  options: ProcessesOptions,
  measure: (subject: Subject<Processes>) => Promise<Result>,
): Promise<Result> {
  const { servers, records } = await bench.ground();
  const installation = await startProcesses(servers, options);
  try {
    const subject = { installation, records };
    await warmUp(bench, `${name}-warm-up`, subject);
    return await measure(subject);
  } finally {
    await installation.stop();
  }
}
