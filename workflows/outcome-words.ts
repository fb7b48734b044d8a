/** What came of an attempt, in words for the Temporal UI: the code to search for, and what it means. */
import { outcomeSentences, type Outcome } from '#domain/outcomes.ts';

/** For example `ended with http_5xx (status 503): the receiver failed to handle the delivery`, without a full stop. */
export function outcomeWords(outcome: Outcome, status: number | null): string {
  const code = status === null ? outcome : `${outcome} (status ${status})`;
  const sentence = outcomeSentences[outcome];
  return `ended with ${code}: ${sentence.slice(0, 1).toLowerCase()}${sentence.slice(1, -1)}`;
}
