/**
 * One evaluator process from the outside: starts it, puts one question at a time to it, and ends it.
 *
 * It is a process and not a thread: a thread of Node that runs out of memory by one large allocation (`[1..10000000]`)
 * takes the whole process with it. What happens to this one is its own affair.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExpressionLimits } from './limits.ts';
import type { Answer, Question, Reply } from './messages.ts';
import { neededTooMuchMemory, tookTooLong } from './problems.ts';

const DIAGNOSTIC_CHARACTERS = 1_000;

/** What V8 ends a process with when it can allocate no more; the code is that of Windows. */
const outOfMemorySignals: readonly (NodeJS.Signals | null)[] = [
  'SIGABRT',
  'SIGTRAP',
  'SIGILL',
  'SIGSEGV',
  'SIGBUS',
];
const outOfMemoryCode = 134;

/** A process that evaluates. */
export interface Evaluator {
  /**
   * The answer to a question, one at a time. A process that dies of a question answers that it is the question's
   * fault, and is of no more use. Rejects when the process ended for another reason.
   */
  readonly ask: (question: Question) => Promise<Answer>;
  /** False when it ended and another one is needed. */
  readonly isAlive: () => boolean;
  /** Ends it; resolves when it is gone. */
  readonly end: () => Promise<void>;
}

/** Starts a process and resolves when it may be asked. Rejects when it did not start in its time. */
export async function startEvaluator(limits: ExpressionLimits, signal: AbortSignal): Promise<Evaluator> {
  const child = spawnProcess(limits);
  const diagnostics = collectDiagnostics(child);
  const exited = new Promise<Exit>((resolve) => {
    child.on('error', (error) => resolve({ how: error.message, outOfMemory: false }));
    child.once('exit', (code, by) =>
      resolve({
        how: `${by ?? code ?? 'unknown'} ${diagnostics()}`.trim(),
        outOfMemory: outOfMemorySignals.includes(by) || code === outOfMemoryCode,
      }),
    );
  });
  let exit: Exit | undefined;
  void exited.then((value) => (exit = value));
  const end = async (): Promise<void> => {
    child.ref();
    child.kill('SIGKILL');
    await exited;
  };

  const abort = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', abort, { once: true });
  const first = await nextReply(child, exited, limits.startMs);
  signal.removeEventListener('abort', abort);
  if (signal.aborted || typeof first !== 'object' || !('kind' in first) || first.kind !== 'ready') {
    await end();
    throw new Error(`The process that evaluates expressions did not start: ${exit?.how ?? 'unknown'}`);
  }
  return {
    ask: async (question) => {
      const reply = nextReply(child, exited, limits.turnMs);
      if (exit === undefined) child.send(question, () => undefined);
      const given = await reply;
      if (given === 'late') {
        await end();
        return tookTooLong(limits);
      }
      if ('outOfMemory' in given) {
        if (given.outOfMemory) return neededTooMuchMemory();
        throw new Error(`The process that evaluates expressions ended: ${given.how}`);
      }
      if (given.kind === 'ready')
        throw new Error('The process that evaluates expressions answered out of turn');
      return given;
    },
    isAlive: () => exit === undefined,
    end,
  };
}

interface Exit {
  readonly how: string;
  readonly outOfMemory: boolean;
}

function spawnProcess(limits: ExpressionLimits): ChildProcess {
  const folder = dirname(fileURLToPath(import.meta.url));
  const library = dirname(fileURLToPath(import.meta.resolve('jsonata')));
  const { SystemRoot } = process.env;
  const child = spawn(
    process.execPath,
    [
      `--max-old-space-size=${limits.heapMegabytes}`,
      '--max-semi-space-size=2',
      '--disallow-code-generation-from-strings',
      '--permission',
      ...[folder, library].map((readable) => `--allow-fs-read=${readable}/*`),
      '--no-warnings',
      fileURLToPath(new URL('evaluator-process.ts', import.meta.url)),
      JSON.stringify(limits),
    ],
    {
      // Nothing that is worth taking; Windows starts no program without SystemRoot. The arena: each interrupt is a
      // thread's, and glibc would keep memory apart for each.
      env: { MALLOC_ARENA_MAX: '1', ...(SystemRoot === undefined ? {} : { SystemRoot }) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // A session of its own: a terminal's Ctrl-C must not end it before what waits for it.
      detached: true,
      windowsHide: true,
    },
  );
  // While something is asked, its deadline keeps the process here alive.
  child.unref();
  child.channel?.unref();
  return child;
}

function collectDiagnostics(child: ChildProcess): () => string {
  let text = '';
  const stream = child.stderr;
  if (stream !== null && 'unref' in stream) (stream as unknown as { unref: () => void }).unref();
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(0, DIAGNOSTIC_CHARACTERS);
  });
  return () => text;
}

/** What the process says next, how it ended, or that neither came in time. */
function nextReply(
  child: ChildProcess,
  exited: Promise<Exit>,
  timeoutMs: number,
): Promise<Reply | Exit | 'late'> {
  return new Promise((resolve) => {
    const settle = (value: Reply | Exit | 'late'): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      resolve(value);
    };
    const onMessage = (reply: unknown): void => settle(reply as Reply);
    // An event loop that was held up sees the deadline before an answer that came long ago: one more turn, then.
    const timer = setTimeout(() => setImmediate(() => settle('late')), timeoutMs);
    child.on('message', onMessage);
    void exited.then(settle);
  });
}
