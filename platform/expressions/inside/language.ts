/**
 * The parts of the JSONata library that the code inside of the realm touches, typed; its own types leave them out.
 * Types only.
 */
import type jsonata from 'jsonata';

/** The library's function. */
export type Jsonata = typeof jsonata;

/** A function of the language, as the library keeps it. */
export interface FunctionDefinition {
  readonly _jsonata_function: true;
  implementation: (...given: never[]) => unknown;
  readonly signature?: object;
}

/** What a lambda of the language is to the library. */
export interface Lambda {
  readonly arguments: object;
  readonly body: object;
  readonly environment: { readonly global: object };
}

/** The functions of the process that the realm may call: they take texts and give texts, and never throw. */
export interface Bridge {
  readonly encodeBase64: (text: string) => string;
  readonly decodeBase64: (text: string) => string;
}

/** What the realm is told when it is made. */
export interface RealmSettings {
  /** The name of each function that the language has. */
  readonly functions: readonly string[];
  /** Why a function of the language may not be used, by its name. */
  readonly refused: Readonly<Record<string, string>>;
  readonly resultBytes: number;
  readonly resultDepth: number;
  readonly messageCharacters: number;
  readonly sequenceItems: number;
  readonly stackDepth: number;
  readonly compiledNodes: number;
}
