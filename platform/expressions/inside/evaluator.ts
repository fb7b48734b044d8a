/**
 * Compiles and evaluates expressions, one at a time: what runs between the realm and the library.
 * Runs inside of the realm, as text: never refers to anything outside of the function, and gives only texts out.
 */
import type { Question } from '../messages.ts';
import type { describeProblem } from './describe-problem.ts';
import type { makeCompiler } from './compiler.ts';
import type { freezeDeeply } from './freeze-deeply.ts';
import type { hardenRealm } from './harden-realm.ts';
import type { Bridge, Jsonata, RealmSettings } from './language.ts';
import type { sealLanguage } from './seal-language.ts';
import type { writeJson } from './write-json.ts';

/** The functions that are put together inside of the realm. */
export interface EvaluatorParts {
  readonly hardenRealm: typeof hardenRealm;
  readonly freezeDeeply: typeof freezeDeeply;
  readonly makeCompiler: typeof makeCompiler;
  readonly sealLanguage: typeof sealLanguage;
  readonly writeJson: typeof writeJson;
  readonly describeProblem: typeof describeProblem;
}

/** The realm's doors. Each takes and gives texts; the realm's own objects stay inside. */
export interface Evaluator {
  /** Takes a question, as JSON. Throws for a question that is no JSON. */
  readonly accept: (question: string) => void;
  /** Begins what was accepted last; done when every promise of the realm was followed. */
  readonly start: () => void;
  /** The answer, as JSON; undefined when there is none. */
  readonly take: () => string | undefined;
}

/** Makes the evaluator; what it starts with is its own preparation, which gives a result. */
export function makeEvaluator(
  jsonata: Jsonata,
  settingsText: string,
  bridge: Bridge,
  parts: EvaluatorParts,
): Evaluator {
  const settings = JSON.parse(settingsText) as RealmSettings;
  const setClock = parts.hardenRealm();
  let compile: ReturnType<typeof makeCompiler> | undefined;
  let question: Question | undefined;
  let input: unknown;
  let bindings: Record<string, unknown> = {};
  let answer: string | undefined;

  const settle = async (): Promise<string | undefined> => {
    if (question === undefined || compile === undefined) {
      const functions = await parts.sealLanguage(jsonata, settings, bridge, parts.freezeDeeply);
      compile = parts.makeCompiler(jsonata, settings, functions, parts.freezeDeeply);
      return undefined;
    }
    const expression = compile(question.text);
    if (question.kind === 'check') return undefined;
    setClock(question.nowMs);
    return parts.writeJson(await expression.evaluate(input, bindings), settings);
  };

  return {
    accept: (text) => {
      answer = undefined;
      question = JSON.parse(text) as Question;
      if (question.kind === 'check') return;
      input = JSON.parse(question.input) as unknown;
      bindings = JSON.parse(question.bindings) as Record<string, unknown>;
    },
    start: () => {
      void settle().then(
        (json) => {
          answer = JSON.stringify({ kind: 'result', json });
        },
        (thrown: unknown) => {
          const described = parts.describeProblem(thrown, question?.text ?? '', settings);
          answer = JSON.stringify({ kind: 'problem', ...described });
        },
      );
    },
    take: () => {
      input = undefined;
      return answer;
    },
  };
}
