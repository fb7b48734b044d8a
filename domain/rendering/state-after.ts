/**
 * What an action says about the state of an issue or a pull request after it. It must never look at what its producer
 * reports of that state: the producer may have looked later.
 */

/** The state after an action; undefined when the action says nothing about it. */
export function stateAfter(action: string): 'open' | 'closed' | undefined {
  if (action === 'opened' || action === 'reopened') return 'open';
  return action === 'closed' || action === 'merged' ? 'closed' : undefined;
}
