import assert from 'node:assert/strict';
import { createExpressions, type Evaluation, type Expressions } from '#platform/expressions/expressions.ts';

const payload = {
  ref: 'refs/heads/main',
  commits: [
    { id: 'aaaaaaaaaa', message: 'Fix' },
    { id: 'bbbbbbbbbb', message: 'Add' },
  ],
};

describe('an expression', () => {
  let expressions: Expressions;
  before(() => {
    expressions = createExpressions();
  });
  after(() => expressions.close());

  const evaluate = (text: string, nowMs = 0): Promise<Evaluation> =>
    expressions.evaluate({ text, input: JSON.stringify(payload), bindings: { hook: 'h1', tries: 2 }, nowMs });

  const results: readonly (readonly [string, unknown])[] = [
    ['ref', 'refs/heads/main'],
    [
      'commits.{"id": $substring(id, 0, 3), "m": message}',
      payload.commits.map(({ id, message: m }) => ({ id: id.slice(0, 3), m })),
    ],
    ['$', payload],
    ['$hook & "/" & $tries', 'h1/2'],
    [
      '$ ~> |commits|{"seen": true}, "id"|',
      { ...payload, commits: payload.commits.map(({ message }) => ({ message, seen: true })) },
    ],
    ['commits[message ~> /^a/i].id', 'bbbbbbbbbb'],
    ['$base64encode("grün") & $base64decode("YQ==")', `${Buffer.from('grün', 'latin1').toString('base64')}a`],
    ['{"a": null, "b": nothing}', { a: null }],
    ['{"__proto__": 1}', JSON.parse('{"__proto__": 1}')],
    ['"line\nline"', 'line\nline'],
  ];
  for (const [text, expected] of results)
    it(`gives what it says: ${JSON.stringify(text)}`, async () => {
      const evaluation = await evaluate(text);

      assert.ok(evaluation.ok, JSON.stringify(evaluation));
      assert.deepEqual(JSON.parse(evaluation.json ?? 'null'), expected);
    });

  it('gives no JSON when it gives nothing', async () => {
    assert.deepEqual(await evaluate('commits[message = "Remove"]'), { ok: true, json: undefined });
  });

  it('knows only the moment that it is given', async () => {
    const { json } = (await evaluate('[$now(), $millis(), $toMillis("01:00", "[H]:[m]")]', 86_400_000)) as {
      readonly json: string;
    };

    assert.deepEqual(JSON.parse(json), ['1970-01-02T00:00:00.000Z', 86_400_000, 90_000_000]);
  });

  const mistakes: readonly (readonly [string, string])[] = [
    ['ref + 1', 'The left side of the "+" operator must evaluate to a number (at character 5)'],
    ['$error("no\nway\u2028\u0000!")', 'no way ! (at character 7)'],
    ['$uppercase', 'Its result holds a function, which JSON cannot carry.'],
    ['{"a": [$uppercase]}', 'Its result holds a function, which JSON cannot carry.'],
    ['[1 / 0]', 'Its result holds a number that JSON cannot carry.'],
    ['(', 'Expected ")" before end of expression (at character 1)'],
    ['[1..10000000]', 'It made a sequence of more than 100000 items. (at character 4)'],
  ];
  for (const [text, message] of mistakes)
    it(`says what is wrong with it: ${JSON.stringify(text)}`, async () => {
      assert.deepEqual(await evaluate(text), { ok: false, message });
    });

  it('is described in a bounded message', async () => {
    const evaluation = await evaluate('$error($pad("", 100000, "x"))');

    assert.ok(!evaluation.ok);
    assert.match(evaluation.message, /^x{299}… \(at character 7\)$/);
  });

  it('gives nothing that is nested too deeply', async () => {
    const nest = (levels: number): string => `${'['.repeat(levels)}1${']'.repeat(levels)}`;
    const deepest = nest(512);

    assert.deepEqual(await expressions.evaluate({ text: '[$]', input: deepest, nowMs: 0 }), {
      ok: true,
      json: deepest,
    });
    assert.deepEqual(await expressions.evaluate({ text: '$', input: nest(513), nowMs: 0 }), {
      ok: false,
      message: 'Its result is nested deeper than 512 levels.',
    });
  });

  it('may not be chance, nor text that another expression made', async () => {
    for (const name of ['random', 'shuffle', 'eval']) {
      const evaluation = await evaluate(`$${name}([1, 2])`);

      assert.ok(!evaluation.ok);
      assert.match(
        evaluation.message,
        new RegExp(`^\\$${name} is not available: .*\\(at character ${name.length + 1}\\)$`),
      );
    }
  });

  it('rejects what is the fault of who asks', async () => {
    await assert.rejects(expressions.evaluate({ text: '1', input: '{', nowMs: 0 }), /not JSON/);
    await assert.rejects(
      expressions.evaluate({ text: '1', input: ' '.repeat(4 * 1024 * 1024 + 1), nowMs: 0 }),
      /longer than 4194304/,
    );
  });

  it('can be checked without being evaluated', async () => {
    assert.deepEqual(await expressions.check('$error("never said")'), { ok: true });
  });

  const refusals: readonly (readonly [string, string, number])[] = [
    ['a[', 'Expected "]" before end of expression', 2],
    ['a & /(/ & b', 'No terminating / in regular expression', 11],
    ['name ~> /[z-a]/', 'Invalid regular expression: /[z-a]/g: Range out of order in character class', 8],
    ['a + $eval(b)', '$eval is not available: an expression is one text.', 9],
    ['a ? : b', 'The symbol ":" cannot be used as a unary operator', 5],
    ['x'.repeat(16_385), 'It is longer than 16384 characters.', 16_384],
  ];
  for (const [text, message, position] of refusals)
    it(`is refused with the place of the mistake: ${text.slice(0, 20)}`, async () => {
      assert.deepEqual(await expressions.check(text), { ok: false, message, position });
    });
});
