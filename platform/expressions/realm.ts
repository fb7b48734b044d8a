/**
 * A JavaScript realm of its own in which expressions are compiled and evaluated: it has the language and nothing of
 * Node, makes no code of text, and holds no object of the world outside. Only texts pass its border.
 *
 * Expressions share a realm, so nothing that one of them can reach may be changed (`inside/`). A realm in which
 * something was interrupted is thrown away.
 */
import { readFileSync } from 'node:fs';
import { constants, createContext, Script } from 'node:vm';
import { makeCompiler } from './inside/compiler.ts';
import { describeProblem } from './inside/describe-problem.ts';
import { makeEvaluator, type Evaluator } from './inside/evaluator.ts';
import { freezeDeeply } from './inside/freeze-deeply.ts';
import { hardenRealm } from './inside/harden-realm.ts';
import type { Bridge, RealmSettings } from './inside/language.ts';
import { sealLanguage } from './inside/seal-language.ts';
import { writeJson } from './inside/write-json.ts';
import type { ExpressionLimits } from './limits.ts';
import type { Answer, Question } from './messages.ts';

const PREPARATION_MS = 10_000;

/** The functions of the language that no expression may use, and why. */
const refused = {
  eval: '$eval is not available: an expression is one text.',
  random: '$random is not available: the same input must give the same result.',
  shuffle: '$shuffle is not available: the same input must give the same result.',
};

/** Pays for what the first expression of a realm would pay for otherwise. */
const warmUp: Question = {
  kind: 'evaluate',
  text: '{"a": $uppercase(a) & $now(), "b": [b[c > 1].c, $map(b, function($v) { $v.c + 1 })]}',
  input: '{"a": "", "b": [{"c": 2}, {"c": 3}]}',
  bindings: '{}',
  nowMs: 0,
};

/** A realm. */
export interface Realm {
  /** The answer, or `interrupted` when it took longer than the given time; the realm is of no more use then. */
  readonly ask: (question: Question, timeoutMs: number) => Answer | 'interrupted';
}

/** Reads the language once and returns how to open realms for it. */
export function loadLanguage(limits: ExpressionLimits): () => Realm {
  const path = new URL(import.meta.resolve('jsonata'));
  const source = readFileSync(path, 'utf8');
  const functions = [...source.matchAll(/staticFrame\.bind\('(\w+)'/g)].flatMap(([, name]) => name ?? []);
  if (functions.length === 0) throw new Error(`No functions of the language were found in ${path.pathname}`);
  const { resultBytes, resultDepth, messageCharacters, sequenceItems, stackDepth, compiledNodes } = limits;
  const settings: RealmSettings = {
    functions,
    refused,
    resultBytes,
    resultDepth,
    messageCharacters,
    sequenceItems,
    stackDepth,
    compiledNodes,
  };
  const scripts = compileScripts(source);
  return () => openRealm(scripts, JSON.stringify(settings));
}

interface Scripts {
  readonly library: Script;
  readonly evaluator: Script;
  readonly start: Script;
}

function compileScripts(library: string): Scripts {
  const parts = [
    ['hardenRealm', hardenRealm],
    ['freezeDeeply', freezeDeeply],
    ['makeCompiler', makeCompiler],
    ['sealLanguage', sealLanguage],
    ['writeJson', writeJson],
    ['describeProblem', describeProblem],
  ] as const;
  const object = parts.map(([name, part]) => `${name}: ${String(part)}`).join(',\n');
  return {
    library: new Script(
      `(() => { const module = { exports: {} }; (function (module, exports) {${library}\n})(module, module.exports);
        return module.exports; })()`,
      { filename: 'language' },
    ),
    evaluator: new Script(
      `'use strict'; (library, settings, bridge) => (${String(makeEvaluator)})(library, settings, bridge, {${object}})`,
      { filename: 'evaluator' },
    ),
    start: new Script('start()', { filename: 'start' }),
  };
}

function openRealm(scripts: Scripts, settings: string): Realm {
  const context = createContext(constants.DONT_CONTEXTIFY, {
    codeGeneration: { strings: false, wasm: false },
    // Promises are followed before `runInContext` returns, so that its timeout covers them.
    microtaskMode: 'afterEvaluate',
  });
  const make = scripts.evaluator.runInContext(context) as (
    library: unknown,
    settings: string,
    bridge: Bridge,
  ) => Evaluator;
  const evaluator = make(scripts.library.runInContext(context), settings, makeBridge());
  Object.defineProperty(context, 'start', { value: evaluator.start });

  const run = (timeoutMs: number): Answer | 'interrupted' => {
    try {
      scripts.start.runInContext(context, { timeout: timeoutMs });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'interrupted';
      throw error;
    }
    const answer = evaluator.take();
    if (answer === undefined) return { kind: 'problem', message: 'It never came to a result.' };
    return JSON.parse(answer) as Answer;
  };
  const ask = (question: Question, timeoutMs: number): Answer | 'interrupted' => {
    try {
      evaluator.accept(JSON.stringify(question));
    } catch {
      return { kind: 'fault', message: 'The input is not JSON' };
    }
    return run(timeoutMs);
  };
  for (const prepared of [run(PREPARATION_MS), ask(warmUp, PREPARATION_MS)])
    if (prepared === 'interrupted' || prepared.kind !== 'result')
      throw new Error(`The language could not be prepared: ${JSON.stringify(prepared)}`);
  return { ask };
}

/** The realm's only objects from outside. Without a prototype they lead to nothing, and they never throw one in. */
function makeBridge(): Bridge {
  const convert = (from: BufferEncoding, to: BufferEncoding): ((text: string) => string) => {
    const converter = (text: string): string => {
      try {
        return Buffer.from(text, from).toString(to);
      } catch {
        return '';
      }
    };
    return Object.freeze(Object.setPrototypeOf(converter, null) as typeof converter);
  };
  const bridge: Bridge = {
    encodeBase64: convert('latin1', 'base64'),
    decodeBase64: convert('base64', 'latin1'),
  };
  return Object.freeze(Object.setPrototypeOf(bridge, null) as Bridge);
}
