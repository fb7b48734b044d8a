/**
 * Compiles expressions and keeps the latest, within a bound on the nodes of their syntax trees. A tree is frozen:
 * the next evaluation of the same text must find what the first one found.
 * Runs inside of the realm, as text: never refers to anything outside of the function.
 */
import type { freezeDeeply } from './freeze-deeply.ts';
import type { Jsonata, RealmSettings } from './language.ts';

/** An expression that can be evaluated. */
export type Compiled = ReturnType<Jsonata>;

/** Makes what compiles an expression, or throws what is wrong with it; `functions` are assigned to each by name. */
export function makeCompiler(
  jsonata: Jsonata,
  settings: RealmSettings,
  functions: ReadonlyMap<string, object>,
  freeze: typeof freezeDeeply,
): (text: string) => Compiled {
  const options = Object.freeze({ sequence: settings.sequenceItems, stack: settings.stackDepth });
  const kept = new Map<string, { readonly expression: Compiled; readonly nodes: number }>();
  let keptNodes = 0;

  const refuseVariables = (node: object): void => {
    const { type, value: name, position } = node as Readonly<Record<string, unknown>>;
    if (type === 'variable' && typeof name === 'string' && Object.hasOwn(settings.refused, name))
      throw Object.assign(new Error(settings.refused[name]), { code: '', position });
  };
  const compile = (text: string): void => {
    const expression = jsonata(text, options);
    const nodes = freeze(expression.ast(), refuseVariables);
    for (const [name, definition] of functions) expression.assign(name, definition);
    kept.set(text, { expression, nodes });
    keptNodes += nodes;
  };
  const forgetOldest = (latest: string): void => {
    for (const [text, { nodes }] of kept) {
      if (keptNodes <= settings.compiledNodes || text === latest) return;
      kept.delete(text);
      keptNodes -= nodes;
    }
  };
  return (text) => {
    const known = kept.get(text);
    if (known === undefined) {
      compile(text);
    } else {
      kept.delete(text);
      kept.set(text, known);
    }
    forgetOldest(text);
    return (kept.get(text) as { readonly expression: Compiled }).expression;
  };
}
