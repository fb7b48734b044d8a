/**
 * The sentences about an expression whose evaluation had to be ended from outside, for its author.
 * Never names a process, a path or anything else of this machine.
 */
import type { ExpressionLimits } from './limits.ts';
import type { Problem } from './messages.ts';

/** It did not come to an end in its time. */
export function tookTooLong(limits: ExpressionLimits): Problem {
  return { kind: 'problem', message: `It took longer than ${limits.evaluationMs} ms.` };
}

/** It filled the memory that it may use. */
export function neededTooMuchMemory(): Problem {
  return { kind: 'problem', message: 'It needed too much memory.' };
}

/** Its result is longer than a result may be. */
export function resultTooLarge(limits: ExpressionLimits): Problem {
  return { kind: 'problem', message: `Its result is larger than ${limits.resultBytes} bytes.` };
}
