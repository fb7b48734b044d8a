/**
 * What an evaluator process is asked and what it answers: plain values that JSON carries between the two processes.
 * Never holds behaviour.
 */

/** A question to an evaluator process. */
export type Question =
  | { readonly kind: 'check'; readonly text: string }
  | {
      readonly kind: 'evaluate';
      readonly text: string;
      /** JSON. */
      readonly input: string;
      /** A JSON object. */
      readonly bindings: string;
      readonly nowMs: number;
    };

/** What is wrong with an expression: a sentence for its author, and where. */
export interface Problem {
  readonly kind: 'problem';
  readonly message: string;
  /** An index into the text; undefined where the place is not known. */
  readonly position?: number | undefined;
}

/** What came of a question: a result, the author's mistake, or (`fault`) a question that should not have been put. */
export type Answer =
  | { readonly kind: 'result'; readonly json?: string | undefined }
  | Problem
  | { readonly kind: 'fault'; readonly message: string };

/** What an evaluator process says: that it may be asked, once, and then one answer a question. */
export type Reply = { readonly kind: 'ready' } | Answer;
