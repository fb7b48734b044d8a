/** Temporal's command line, as an operator has it: the plain program, on the servers of the test run. */
import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { runCommand } from '#platform/embedded/run-command.ts';
import { findTemporalCli } from '#platform/embedded/temporal-binary.ts';
import { createLog } from '#platform/log.ts';
import { servers } from './servers.ts';

/** Runs `temporal` with these arguments to its end and answers what it printed. */
export async function runTemporalCli(...args: readonly string[]): Promise<string> {
  const { temporalAddress } = await servers();
  const log = createLog(process.env['HOLDFAST_LOG_LEVEL'] ?? 'silent');
  const { path } = await findTemporalCli({
    env: process.env,
    cacheDir: await findCacheFolder(process.env),
    log,
  });
  return runCommand(path, [...args, '--address', temporalAddress], { env: process.env, timeoutMs: 20_000 });
}
