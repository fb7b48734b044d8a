/** Runs one of the project's tools, such as mocha or the linter, under this Node in a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, in which tools run. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** How a tool ended, and what it wrote to either stream. */
export interface ToolEnding {
  readonly status: number;
  readonly output: string;
}

/** Runs a script of `node_modules` to its end. One that a signal ended has failed, and the output says so. */
export function runTool(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ToolEnding> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', script), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}), ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (signal !== null) output += `\nEnded by ${signal}.\n`;
      resolve({ status: status ?? 1, output });
    });
  });
}
