/** The lines of a ping: short, and true of repositories and hooks alike. */

/** Every line. */
export const zenLines: readonly string[] = [
  'A promise kept late is kept.',
  'What was not written down did not happen.',
  'Say it once, and mean it each time.',
  'Silence is not an answer; wait, then ask again.',
  'The queue remembers what the network forgets.',
  'Small messages travel far.',
  'Whoever listens decides what was said.',
  'Failure is news, too.',
  'Nothing is lost that can still be sent.',
  'A good name saves a long comment.',
  'Trust the signature, not the sender.',
  'Slow is a kind of working.',
];

/** A line for a number: the same for the same number. */
export function zenLine(number: number): string {
  return zenLines[Math.abs(Math.trunc(number)) % zenLines.length] ?? '';
}
