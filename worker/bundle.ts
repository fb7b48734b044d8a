/**
 * Bundles the workflows into the file named as its argument, in a process of its own: the bundler leaves a hundred
 * megabytes behind that a worker would keep for ever.
 */
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Say which file to write');
const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath,
  // Evaluated once a worker instead of once a workflow; it holds no state that one could leave to the next.
  preloadModules: ['@temporalio/workflow', workflowsPath],
  logger: new DefaultLogger('WARN'),
});
const fresh = `${file}.${process.pid}`;
await writeFile(fresh, code, { mode: 0o600 });
await rename(fresh, file);
process.exit(0);
