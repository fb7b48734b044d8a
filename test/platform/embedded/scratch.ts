/** What the tests of the embedded servers share: folders that vanish, a log that is kept, other processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Log } from '#platform/embedded/log.ts';

/** Things to undo after a test, last first. */
export interface Scratch {
  folder(): string;
  /** Runs TypeScript in a process of its own; it is killed after the test if it still runs. */
  run(source: string): ChildProcess;
  later(undo: () => unknown): void;
  clear(): Promise<void>;
}

/** Begins an empty scratch; call `clear` after each test. */
export function makeScratch(): Scratch {
  const undos: (() => unknown)[] = [];
  return {
    folder() {
      const folder = mkdtempSync(join(tmpdir(), 'holdfast-embedded-'));
      undos.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
      return folder;
    },
    run(source) {
      const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
        cwd: join(import.meta.dirname, '../../..'),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      undos.push(() => child.kill('SIGKILL'));
      return child;
    },
    later: (undo) => undos.push(undo),
    async clear() {
      for (let undo = undos.pop(); undo !== undefined; undo = undos.pop()) await undo();
    },
  };
}

/** A log that keeps its messages. */
export function makeLog(): Log & { readonly messages: string[] } {
  const messages: string[] = [];
  const keep = (_fields: object, message: string): void => void messages.push(message);
  return { messages, info: keep, warn: keep, error: keep };
}

/** Waits until it holds, ten seconds at most. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Not within ten seconds: ${what}`);
    await sleep(20);
  }
}

/** The first line the process prints. */
export function readLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', () => reject(new Error(`The process ended after printing ${JSON.stringify(text)}`)));
  });
}
