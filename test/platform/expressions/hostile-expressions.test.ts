import assert from 'node:assert/strict';
import { array, assert as assertProperty, asyncProperty, constantFrom, oneof, string } from 'fast-check';
import { createExpressions, type Evaluation, type Expressions } from '#platform/expressions/expressions.ts';

/** What an evaluation may take at the very most on a busy machine, a new process included. */
const PATIENCE_MS = 15_000;

const nested = (times: number, inner: string, around: (text: string) => string): string =>
  Array.from({ length: times }).reduce<string>(around, inner);

const hostile: readonly (readonly [string, string, RegExp])[] = [
  ['an endless loop', '($f := function($x) { $f($x) }; $f(1))', /longer than 50 ms/],
  [
    'an endless recursion',
    '($f := function($x) { 1 + $f($x) }; $f(1))',
    /longer than 50 ms|recursed too deeply/,
  ],
  ['a regular expression that backtracks', '$match(a, /(a+)+$/)', /longer than 50 ms/],
  ['a long sequence', '[1..10000000]', /more than 100000 items/],
  ['a long text', '$pad("x", 1e9)', /too much memory/],
  ['a result that is too large', '$pad("x", 262144)', /larger than 262144 bytes/],
  ['a result that is too large in bytes only', '$pad("x", 200000, "é")', /larger than 262144 bytes/],
  ['a text that doubles', '$length($reduce([1..26], function($x, $y) { $x & $x }, "12345678"))', /./],
  [
    'a result that doubles',
    '($f := function($x, $n) { $n = 0 ? $x : $f([[$x, $x]], $n - 1) }; $f(1, 40))',
    /longer than|larger than/,
  ],
  [
    'a sequence that doubles',
    '($f := function($x) { $f($append($x, $x)) }; $f([1..100]))',
    /more than 100000 items/,
  ],
  ['parentheses without end', '('.repeat(16_000), /recursed too deeply/],
  ['parentheses that end', nested(8_000, '1', (text) => `(${text})`), /recursed too deeply/],
  ['a syntax tree that doubles', nested(40, 'a', (text) => `(${text} ?? b)`), /longer than 50 ms/],
  [
    'a promise that is never kept',
    '(function($f) {{"then": $f}})(function($r, $j) { 1 })',
    /never came to a result/,
  ],
  [
    'a promise that fails for nobody',
    '(function($f) {{"then": $f}})(function($r, $j) { $error("x") })',
    /never came to a result/,
  ],
  ['a text that is evaluated', '$eval("1")', /not available/],
];

/** What expressions are made of. */
const tokens =
  '$ $$ ( ) [ ] { } | ~> := ? : ?? ?: % @$i #$i ^ * ** . .. , ; /a+/ "a" 1 - a ` function($x) $f $map $sum $spread $clone __proto__ constructor $string $match $sort $each $merge $toMillis'.split(
    ' ',
  );

describe('a hostile expression', function () {
  this.timeout(60_000);
  let expressions: Expressions;
  before(() => {
    expressions = createExpressions();
  });
  after(() => expressions.close());

  const evaluate = (text: string): Promise<Evaluation> =>
    expressions.evaluate({ text, input: JSON.stringify({ a: `${'a'.repeat(50)}!` }), nowMs: 0 });

  for (const [name, text, message] of hostile)
    it(`settles and leaves the next one alone: ${name}`, async () => {
      const startedAt = performance.now();

      const [evaluation, next] = await Promise.all([evaluate(text), evaluate('$sum([1, 2])')]);

      assert.ok(!evaluation.ok, JSON.stringify(evaluation).slice(0, 200));
      assert.match(evaluation.message, message);
      assert.deepEqual(next, { ok: true, json: '3' });
      assert.ok(performance.now() - startedAt < PATIENCE_MS);
    });

  it('cannot hold up a check either', async () => {
    const text = nested(40, 'a', (inner) => `(${inner} ?? b)`);

    assert.deepEqual(await expressions.check(text), {
      ok: false,
      message: 'It took longer than 50 ms.',
      position: 0,
    });
  });

  it('that recurses is told so when it has the time', async () => {
    const patient = createExpressions({ limits: { evaluationMs: 5_000, turnMs: 30_000 } });
    try {
      const evaluation = await patient.evaluate({
        text: '($f := function($x) { 1 + $f($x) }; $f(1))',
        input: '1',
        nowMs: 0,
      });

      assert.ok(!evaluation.ok);
      assert.match(evaluation.message, /^It recursed too deeply\./);
    } finally {
      await patient.close();
    }
  });

  it('that fills the memory fails alone', async () => {
    const small = createExpressions({ limits: { heapMegabytes: 24, evaluationMs: 10_000, turnMs: 30_000 } });
    const ask = (text: string): Promise<Evaluation> => small.evaluate({ text, input: '1', nowMs: 0 });
    try {
      const [bomb, next] = await Promise.all([
        ask('$length($reduce([1..24], function($x, $y) { $x & $x }, "12345678"))'),
        ask('1 + 1'),
      ]);

      assert.deepEqual(bomb, { ok: false, message: 'It needed too much memory.' });
      assert.deepEqual(next, { ok: true, json: '2' });
    } finally {
      await small.close();
    }
  });

  it('may be any text at all', async () => {
    const anyText = oneof(
      string({ unit: 'binary' }),
      array(constantFrom(...tokens), { maxLength: 20 }).map((chosen) => chosen.join(' ')),
    );

    await assertProperty(
      asyncProperty(anyText, async (text) => {
        const [check, evaluation] = await Promise.all([expressions.check(text), evaluate(text)]);

        if (check.ok) return;
        assert.ok(check.message !== '' && check.position >= 0 && check.position <= text.length);
        assert.ok(!evaluation.ok || check.message.startsWith('It took longer'));
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(await evaluate('$sum([1, 2])'), { ok: true, json: '3' });
  });
});
