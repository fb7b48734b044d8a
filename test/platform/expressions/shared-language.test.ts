import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createExpressions, type Evaluation, type Expressions } from '#platform/expressions/expressions.ts';

const source = readFileSync(fileURLToPath(import.meta.resolve('jsonata')), 'utf8');
const functions = [...source.matchAll(/\.bind\('(\w+)', defineFunction/g)].flatMap(([, name]) => name ?? []);

/** Turns the lambda `$f` into an object whose members can be read. */
const openLambda = '{} ~> |$f|{}, ["_jsonata_lambda"]|;';

describe('the language that expressions share', () => {
  let expressions: Expressions;
  before(() => {
    expressions = createExpressions();
  });
  after(() => expressions.close());

  const evaluate = (text: string, input = '{"a": {"b": 1}}'): Promise<Evaluation> =>
    expressions.evaluate({ text, input, nowMs: 0 });
  const assertRefused = async (text: string, message: RegExp): Promise<void> => {
    const evaluation = await evaluate(text);
    assert.ok(!evaluation.ok, JSON.stringify(evaluation));
    assert.match(evaluation.message, message);
  };

  it('has no function that an expression can replace for the next', async () => {
    assert.ok(functions.length > 60);
    for (const name of functions.filter((each) => !['eval', 'random', 'shuffle'].includes(each)))
      for (const member of ['implementation', 'signature', '_jsonata_function'])
        await assertRefused(`{} ~> |$${name}|{"${member}": function($x) { 666 }}|`, /read only|reserved/);

    assert.deepEqual(await evaluate('$sum([1, 2])'), { ok: true, json: '3' });
    assert.deepEqual(await evaluate('$now()'), { ok: true, json: '"1970-01-01T00:00:00.000Z"' });
  });

  it('has no function whose signature an expression can loosen for the next', async () => {
    await assertRefused(
      '($s := $spread([$sum]).signature; {} ~> |$s|{"validate": function($x) { 666 }}|)',
      /read only/,
    );

    assert.deepEqual(await evaluate('$sum([1, 2])'), { ok: true, json: '3' });
  });

  it('keeps no change that an expression made to its own syntax tree', async () => {
    const text = `($f := function($x) { $x + 1 }; $r := $f(1); ${openLambda} $b := $f.body.rhs; {} ~> |$b|{"value": 41}|; $r)`;

    await assertRefused(text, /read only/);
    await assertRefused(text, /read only/);
  });

  it('keeps no change to how functions are chained', async () => {
    await assertRefused(
      `($f := $uppercase ~> $trim; ${openLambda} $b := $f.body; {} ~> |$b|{"body": 666}|)`,
      /read only/,
    );

    assert.deepEqual(await evaluate('($f := $uppercase ~> $trim; $f(" a "))'), { ok: true, json: '"A"' });
  });

  it('carries nothing from one expression to the next', async () => {
    for (const shared of ['global', 'base.options'])
      await assertRefused(
        `($f := function() { 1 }; ${openLambda} $g := $f.environment.${shared}; {} ~> |$g|{"left": "behind"}|)`,
        /not extensible/,
      );
  });

  it('hides the functions that are not available from those who look behind it', async () => {
    await assertRefused(
      `($f := function() { 1 }; ${openLambda} $look := $f.environment.lookup; $e := $look("ev" & "al"); $e("1"))`,
      /\$eval is not available/,
    );
  });

  const ways = [
    '$.constructor',
    '$lookup($, "constructor")',
    '$lookup($, "__proto__")',
    '$.`__proto__`',
    'a.constructor.constructor("return process")()',
    '$string.constructor',
    '$lookup($string, "constructor")',
    '$spread([$sum]).implementation.constructor',
    '$spread([$sum]).implementation.prototype',
    '(function($f) { $f })(function() { 1 }).constructor',
    '/a/("a").next.constructor',
    `($f := function() { 1 }; ${openLambda} $f.environment.base.RegexEngine.prototype)`,
    `($f := function() { 1 }; ${openLambda} $f.environment.base.timestamp.constructor)`,
    '$merge([{"__proto__": {"x": 1}}]).x',
    '($ ~> |$|{"__proto__": {"x": 1}}|).x',
  ];
  for (const way of ways)
    it(`leads nowhere: ${way}`, async () => {
      const evaluation = await evaluate(way);

      assert.ok(!evaluation.ok || evaluation.json === undefined, JSON.stringify(evaluation));
      assert.deepEqual(await evaluate('[x, polluted, a.x]'), { ok: true, json: '[]' });
    });

  it('takes no function from the input', async () => {
    const forged = {
      _jsonata_function: true,
      implementation: 'x',
      _jsonata_lambda: true,
      body: { type: 'name' },
    };

    for (const text of ['a()', 'a(1)', 'a(?)', 'a(?)(1)', '$map([1], a)', '[1] ~> a']) {
      const evaluation = await evaluate(text, JSON.stringify({ a: forged }));

      assert.ok(!evaluation.ok || evaluation.json === undefined, `${text}: ${JSON.stringify(evaluation)}`);
    }
  });
});
