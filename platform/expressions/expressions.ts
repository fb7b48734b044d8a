/**
 * Runs people's JSONata expressions, each as if it were hostile: in processes that can do nothing but evaluate, within
 * bounds of time, memory and size, and so that none of them changes what another gives.
 *
 * The same text, input, bindings and moment give the same result. Never evaluates in this process.
 */
import { createEvaluatorPool } from './evaluator-pool.ts';
import { expressionLimits, type ExpressionLimits } from './limits.ts';
import type { Answer } from './messages.ts';

/** What is evaluated. */
export interface EvaluationRequest {
  /** The expression. */
  readonly text: string;
  /** JSON, on which the expression works. */
  readonly input: string;
  /** Values that the expression knows as `$name`. */
  readonly bindings?: Readonly<Record<string, string | number | boolean>>;
  /** The moment that `$now()` and `$millis()` give, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** What an evaluation gave: JSON (undefined for nothing), or a sentence for the expression's author. */
export type Evaluation =
  | { readonly ok: true; readonly json: string | undefined }
  | { readonly ok: false; readonly message: string };

/** Whether an expression can be compiled; if not why, for its author, and where in the text. */
export type ExpressionCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly message: string; readonly position: number };

/** Evaluates expressions. Every call settles; it rejects for trouble that is not the expression's. */
export interface Expressions {
  /** Compiles an expression and evaluates nothing. */
  readonly check: (text: string) => Promise<ExpressionCheck>;
  readonly evaluate: (request: EvaluationRequest) => Promise<Evaluation>;
  /** Ends the processes; what still waits is rejected. */
  readonly close: () => Promise<void>;
}

/** Makes what evaluates expressions. No process is started before the first call, and none keeps this one alive. */
export function createExpressions(
  options: { readonly limits?: Partial<ExpressionLimits> } = {},
): Expressions {
  const limits: ExpressionLimits = { ...expressionLimits, ...options.limits };
  const pool = createEvaluatorPool(limits);

  return {
    check: async (text) => {
      if (text.length > limits.textCharacters)
        return { ok: false, message: tooLong(limits), position: limits.textCharacters };
      const answer = await pool.ask({ kind: 'check', text });
      if (answer.kind === 'fault') throw new Error(answer.message);
      if (answer.kind === 'result') return { ok: true };
      return { ok: false, message: answer.message, position: answer.position ?? 0 };
    },
    evaluate: async ({ text, input, bindings = {}, nowMs }) => {
      if (text.length > limits.textCharacters) return { ok: false, message: tooLong(limits) };
      if (input.length > limits.inputCharacters)
        throw new Error(`An input of ${input.length} characters is longer than ${limits.inputCharacters}`);
      return evaluationOf(
        await pool.ask({ kind: 'evaluate', text, input, bindings: JSON.stringify(bindings), nowMs }),
      );
    },
    close: pool.close,
  };
}

function evaluationOf(answer: Answer): Evaluation {
  if (answer.kind === 'fault') throw new Error(answer.message);
  if (answer.kind === 'result') return { ok: true, json: answer.json };
  const { message, position } = answer;
  return { ok: false, message: position === undefined ? message : `${message} (at character ${position})` };
}

function tooLong(limits: ExpressionLimits): string {
  return `It is longer than ${limits.textCharacters} characters.`;
}
