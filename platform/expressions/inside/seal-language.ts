/**
 * Makes the language safe to share between expressions. Its functions and the syntax trees inside of it are objects
 * that an expression can reach and change (`{} ~> |$sum|{"implementation": …}|`), for every expression after it.
 * Runs inside of the realm, as text: never refers to anything outside of the function.
 */
import type { freezeDeeply } from './freeze-deeply.ts';
import type { Bridge, FunctionDefinition, Jsonata, Lambda, RealmSettings } from './language.ts';

/** Seals the language's shared parts, takes out the functions that are refused, and returns a clock's functions. */
export async function sealLanguage(
  jsonata: Jsonata,
  settings: RealmSettings,
  bridge: Bridge,
  freeze: typeof freezeDeeply,
): Promise<ReadonlyMap<string, object>> {
  const evaluate = async (text: string): Promise<unknown> => jsonata(text).evaluate(undefined);
  const definitionOf = async (name: string): Promise<FunctionDefinition> => {
    const value = (await evaluate(`$${name}`)) as FunctionDefinition | undefined;
    if (value?._jsonata_function !== true) throw new Error(`The language has no function $${name}`);
    return value;
  };
  const seal = (definition: FunctionDefinition): FunctionDefinition => {
    freeze(definition.implementation);
    freeze(definition.signature);
    // The library notes here, before each call, under what name and where the function was called.
    Object.assign(definition, { token: undefined, position: undefined });
    for (const key of ['_jsonata_function', 'implementation', 'signature'])
      if (Object.hasOwn(definition, key))
        Object.defineProperty(definition, key, { writable: false, configurable: false });
    return Object.seal(definition);
  };

  const replacements = new Map<string, FunctionDefinition['implementation']>([
    ['base64encode', (text?: string) => (text === undefined ? undefined : bridge.encodeBase64(text))],
    ['base64decode', (text?: string) => (text === undefined ? undefined : bridge.decodeBase64(text))],
  ]);
  for (const [name, message] of Object.entries(settings.refused))
    replacements.set(name, () => {
      throw Object.assign(new Error(message), { code: '' });
    });
  for (const name of settings.functions) {
    const definition = await definitionOf(name);
    const replacement = replacements.get(name);
    if (replacement !== undefined) definition.implementation = replacement;
    seal(definition);
  }

  const chain = (await evaluate('$string ~> $string')) as Lambda;
  freeze(chain.body);
  freeze(chain.arguments);
  freeze(chain.environment.global);

  // The library's own read a clock that is kept with each compiled expression, in an object as open as the others.
  const { implementation: format } = await definitionOf('fromMillis');
  const now = await definitionOf('now');
  now.implementation = (picture?: string, zone?: string) =>
    format(...([Date.now(), picture, zone] as never[]));
  const millis = await definitionOf('millis');
  millis.implementation = () => Date.now();
  return new Map([
    ['now', seal(now)],
    ['millis', seal(millis)],
  ]);
}
