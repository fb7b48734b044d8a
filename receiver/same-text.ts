/** Compares what was sent with what is right, in constant time: the only place where signatures are compared. */
import { timingSafeEqual } from 'node:crypto';

/** True when both are the same text. How long it takes tells only whether they are of the same length. */
export function sameText(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given, 'utf8'), Buffer.from(expected, 'utf8')];
  return left.length === right.length && timingSafeEqual(left, right);
}
