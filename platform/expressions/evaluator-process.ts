/**
 * The process that evaluates expressions: `evaluator.ts` starts it, asks one question at a time and ends it.
 * Never reads, writes or connects anywhere: it is started without the permission to, and without an environment.
 *
 * An evaluation is interrupted in here, which costs little. What cannot be interrupted, or fills the memory, ends with
 * the process.
 */
import type { ExpressionLimits } from './limits.ts';
import type { Answer, Question, Reply } from './messages.ts';
import { resultTooLarge, tookTooLong } from './problems.ts';
import { loadLanguage, type Realm } from './realm.ts';

/** What a second try may take, in evaluation times: that of an evaluation to which the processor did not come. */
const SECOND_TRY = 4;

const limits = JSON.parse(process.argv[2] ?? '') as ExpressionLimits;
const openRealm = loadLanguage(limits);
let realm: Realm | undefined = openRealm();

function answer(question: Question): Answer {
  for (const timeoutMs of [limits.evaluationMs, limits.evaluationMs * SECOND_TRY]) {
    realm ??= openRealm();
    const before = process.threadCpuUsage();
    const given = realm.ask(question, timeoutMs);
    if (given !== 'interrupted') return bounded(given);
    const { user, system } = process.threadCpuUsage(before);
    realm = undefined;
    // On a machine that is busy with other things, the time of the wall says nothing about the expression.
    if (user + system > (limits.evaluationMs * 1_000) / 2) break;
  }
  return tookTooLong(limits);
}

function bounded(given: Answer): Answer {
  if (given.kind !== 'result' || given.json === undefined) return given;
  return Buffer.byteLength(given.json) > limits.resultBytes ? resultTooLarge(limits) : given;
}

function say(reply: Reply): void {
  process.send?.(reply);
}

process.on('message', (question: Question) => {
  say(answer(question));
  realm ??= openRealm();
});
// A promise that an expression left behind (`{"then": …}`) is no affair of the next one.
process.on('unhandledRejection', () => undefined);
process.on('disconnect', () => process.exit());
say({ kind: 'ready' });
