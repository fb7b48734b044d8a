/**
 * Finds the bundle of the workflows as they are now, making it when there is none. Bundling takes seconds of a core,
 * so a bundle is kept under the hash of all that goes into it: the sources, where they are, and the lockfile.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundle } from '@temporalio/worker';
import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { runCommand } from '#platform/embedded/run-command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const deadlineMs = 120_000;
const keptMs = 30 * 24 * 60 * 60 * 1000;

/** The hash of everything that a bundle is made from; its source map names the folder, too. */
async function hashSources(): Promise<string> {
  const hash = createHash('sha256').update(root).update('\0');
  const sources = await Array.fromAsync(
    glob(['workflows/**/*.ts', 'domain/**/*.ts', 'worker/bundle.ts', 'package-lock.json'], { cwd: root }),
  );
  for (const source of sources.sort()) {
    hash
      .update(source)
      .update('\0')
      .update(await readFile(join(root, source)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** The bundle, from the cache or made now. Throws what the bundler complained of. */
export async function bundleWorkflows(): Promise<WorkflowBundle> {
  const folder = await findCacheFolder(process.env);
  const file = join(folder, `workflows-${await hashSources()}.js`);
  if (!existsSync(file)) {
    await forgetOldBundles(folder);
    const bundler = fileURLToPath(new URL('bundle.ts', import.meta.url));
    await runCommand(process.execPath, [bundler, file], { env: process.env, timeoutMs: deadlineMs });
  }
  return { code: await readFile(file, 'utf8') };
}

/** Removes the bundles of sources that nobody has started for a month. */
async function forgetOldBundles(folder: string): Promise<void> {
  for await (const name of glob('workflows-*.js*', { cwd: folder })) {
    const file = join(folder, name);
    const { mtimeMs } = await stat(file);
    if (mtimeMs < Date.now() - keptMs) await rm(file, { force: true });
  }
}
