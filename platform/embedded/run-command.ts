/** Runs a command to its end under a deadline, and makes its failure readable. */
import { execFile } from 'node:child_process';

const OUTPUT_LIMIT_BYTES = 4 * 1024 * 1024;

/** How long a command may take and what environment it sees. */
export interface CommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/** What the command printed; an error with the end of its complaint when it fails or is too slow. */
export function runCommand(
  command: string,
  args: readonly string[],
  { env, timeoutMs }: CommandOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      env,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: OUTPUT_LIMIT_BYTES,
    } as const;
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.killed === true) reject(new Error(`${command} took longer than ${timeoutMs} ms`));
      else if (error.code === 'ENOENT') reject(new Error(`${command} is not installed`));
      else
        reject(new Error(`${command}: ${lastLine(stderr) || `exit code ${error.code}`}`, { cause: error }));
    });
    child.stdin?.end();
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
