/**
 * The bounds on running expressions: what one may cost, and how many wait. Values only; never who enforces them.
 */

/** Bounds on expressions. */
export interface ExpressionLimits {
  /** Milliseconds of one evaluation, and of compiling one, from when its turn begins. */
  readonly evaluationMs: number;
  /** Milliseconds after which a turn that could not be interrupted is ended with its process. */
  readonly turnMs: number;
  /** Milliseconds in which a process must have started. */
  readonly startMs: number;
  /** Characters of an expression. */
  readonly textCharacters: number;
  /** Characters of an input. */
  readonly inputCharacters: number;
  /** Bytes of a result, as JSON. */
  readonly resultBytes: number;
  /** Levels of nesting in a result. */
  readonly resultDepth: number;
  /** Characters of a message about an expression. */
  readonly messageCharacters: number;
  /** Items that one sequence of the language may have. */
  readonly sequenceItems: number;
  /** Steps of an evaluation that may wait for one another. */
  readonly stackDepth: number;
  /** Nodes of the syntax trees that a process keeps of expressions that it compiled. */
  readonly compiledNodes: number;
  /** Mebibytes of the heap of a process. */
  readonly heapMegabytes: number;
  /** Processes that evaluate side by side. */
  readonly processes: number;
  /** Evaluations that wait for their turn. */
  readonly waiting: number;
}

/** The bounds that hold when nothing else is said. */
export const expressionLimits: ExpressionLimits = {
  evaluationMs: 50,
  turnMs: 2_000,
  startMs: 15_000,
  textCharacters: 16 * 1024,
  inputCharacters: 4 * 1024 * 1024,
  resultBytes: 256 * 1024,
  resultDepth: 512,
  messageCharacters: 300,
  sequenceItems: 100_000,
  stackDepth: 10_000,
  compiledNodes: 100_000,
  heapMegabytes: 64,
  processes: 1,
  waiting: 1_000,
};
