/**
 * The queue in front of the evaluator processes: starts them when they are needed, replaces those that died and gives
 * each question its turn. Every question settles. Never knows what a question asks.
 */
import { startEvaluator, type Evaluator } from './evaluator.ts';
import type { ExpressionLimits } from './limits.ts';
import type { Answer, Question } from './messages.ts';

/** The processes behind one queue. */
export interface EvaluatorPool {
  /** The answer to a question. Rejects when too many wait, no process starts, or one ended from outside. */
  readonly ask: (question: Question) => Promise<Answer>;
  /** Ends the processes; what waits or is under way is rejected. */
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly question: Question;
  readonly settle: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Makes a pool without a process: the first question starts one. */
export function createEvaluatorPool(limits: ExpressionLimits): EvaluatorPool {
  const queue: Waiting[] = [];
  const idle: Evaluator[] = [];
  const lanes = new Set<Promise<void>>();
  const closing = new AbortController();
  let working = 0;

  const rejectWaiting = (error: Error): void => {
    for (const { reject } of queue.splice(0)) reject(error);
  };

  const put = async ({ question, settle, reject }: Waiting, evaluator: Evaluator): Promise<void> => {
    const end = (): void => void evaluator.end();
    closing.signal.addEventListener('abort', end, { once: true });
    try {
      settle(await evaluator.ask(question));
    } catch (error) {
      reject(closing.signal.aborted ? closed() : (error as Error));
    } finally {
      closing.signal.removeEventListener('abort', end);
    }
  };

  /** Works until nothing waits. */
  const work = async (): Promise<void> => {
    working += 1;
    let evaluator = idle.pop();
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (evaluator?.isAlive() !== true) {
        try {
          evaluator = await startEvaluator(limits, closing.signal);
        } catch (error) {
          const reason = closing.signal.aborted ? closed() : (error as Error);
          next.reject(reason);
          // What could not be started for one is not tried again for each that waits.
          rejectWaiting(reason);
          continue;
        }
      }
      await put(next, evaluator);
    }
    // In the same turn as the last look at the queue: what comes now finds that nobody works.
    working -= 1;
    if (closing.signal.aborted) await evaluator?.end();
    else if (evaluator?.isAlive() === true) idle.push(evaluator);
  };

  const ask = async (question: Question): Promise<Answer> => {
    if (closing.signal.aborted) throw closed();
    if (queue.length >= limits.waiting) throw new Error(`More than ${limits.waiting} expressions wait`);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    queue.push({ question, settle: resolve, reject });
    if (working < limits.processes) {
      const lane = work().finally(() => lanes.delete(lane));
      lanes.add(lane);
    }
    return promise;
  };

  const close = async (): Promise<void> => {
    closing.abort();
    rejectWaiting(closed());
    await Promise.all([...lanes, ...idle.splice(0).map((evaluator) => evaluator.end())]);
  };
  return { ask, close };
}

function closed(): Error {
  return new Error('Expressions are no longer evaluated: they were closed');
}
