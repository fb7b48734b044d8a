import assert from 'node:assert/strict';
import { createExpressions } from '#platform/expressions/expressions.ts';
import { startEvaluator, type Evaluator } from '#platform/expressions/evaluator.ts';
import { expressionLimits, type ExpressionLimits } from '#platform/expressions/limits.ts';
import type { Question } from '#platform/expressions/messages.ts';

const endless = '($f := function($x) { $f($x) }; $f(1))';
const question = (text: string): Question => ({
  kind: 'evaluate',
  text,
  input: '1',
  bindings: '{}',
  nowMs: 0,
});
const start = (limits: Partial<ExpressionLimits> = {}): Promise<Evaluator> =>
  startEvaluator({ ...expressionLimits, ...limits }, new AbortController().signal);

describe('a process that evaluates', () => {
  it('survives an evaluation that it can interrupt', async () => {
    const evaluator = await start();
    try {
      assert.deepEqual(await evaluator.ask(question(endless)), {
        kind: 'problem',
        message: 'It took longer than 50 ms.',
      });

      assert.equal(evaluator.isAlive(), true);
      assert.deepEqual(await evaluator.ask(question('1 + 1')), { kind: 'result', json: '2' });
    } finally {
      await evaluator.end();
    }
  });

  it('ends with an evaluation that it does not interrupt', async () => {
    const evaluator = await start({ evaluationMs: 60_000, turnMs: 200 });

    const answer = await evaluator.ask(question(endless));

    assert.equal(answer.kind, 'problem');
    assert.equal(evaluator.isAlive(), false);
  });

  it('blames no expression for an end that came from outside', async () => {
    const evaluator = await start({ evaluationMs: 60_000, turnMs: 60_000 });

    const asked = evaluator.ask(question(endless));
    await Promise.all([evaluator.end(), assert.rejects(asked, /ended: SIGKILL/)]);

    await assert.rejects(evaluator.ask(question('1')), /ended: SIGKILL/);
  });

  it('says so when it cannot start in its time', async () => {
    await assert.rejects(start({ startMs: 1 }), /did not start/);
  });
});

describe('expressions', () => {
  it('are rejected when too many wait', async () => {
    const expressions = createExpressions({ limits: { waiting: 2 } });
    const evaluate = (): Promise<unknown> => expressions.evaluate({ text: '1', input: '1', nowMs: 0 });
    try {
      const settled = await Promise.allSettled([evaluate(), evaluate(), evaluate(), evaluate()]);

      assert.deepEqual(
        settled.map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
      );
    } finally {
      await expressions.close();
    }
  });

  it('are rejected, all of them, when no process starts', async () => {
    const expressions = createExpressions({ limits: { startMs: 1 } });
    const evaluate = (): Promise<unknown> => expressions.evaluate({ text: '1', input: '1', nowMs: 0 });
    try {
      const settled = await Promise.allSettled([evaluate(), evaluate()]);

      assert.deepEqual(
        settled.map(({ status }) => status),
        ['rejected', 'rejected'],
      );
    } finally {
      await expressions.close();
    }
  });

  it('are rejected when they are closed, whether they wait, run or come later', async () => {
    const expressions = createExpressions({ limits: { evaluationMs: 60_000, turnMs: 60_000 } });
    const evaluate = (text: string): Promise<unknown> => expressions.evaluate({ text, input: '1', nowMs: 0 });
    await evaluate('1');

    const pending = [evaluate(endless), evaluate('1')].map((each) => assert.rejects(each, /closed/));
    await expressions.close();

    await Promise.all(pending);
    await assert.rejects(evaluate('1'), /closed/);
  });

  it('run side by side in as many processes as they may', async () => {
    const expressions = createExpressions({
      limits: { processes: 2, evaluationMs: 60_000, turnMs: 60_000 },
    });
    try {
      const held = assert.rejects(expressions.evaluate({ text: endless, input: '1', nowMs: 0 }), /closed/);

      assert.deepEqual(await expressions.evaluate({ text: '1 + 1', input: '1', nowMs: 0 }), {
        ok: true,
        json: '2',
      });
      await expressions.close();
      await held;
    } finally {
      await expressions.close();
    }
  });
});
