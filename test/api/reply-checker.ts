/**
 * Holds every reply of the API against its own OpenAPI document, and looks for secrets in replies that should not
 * show them. Formats that the document uses are checked too.
 */
import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Answer } from '../support/holdfast.ts';

/** The parts of an OpenAPI document that tests look at. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One route in the document. */
export interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly 'x-scopes'?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: Content & { readonly required?: boolean };
  readonly responses: Readonly<Record<string, Content>>;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
}

/** A JSON schema, as far as tests look into it. */
export interface Schema {
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly [keyword: string]: unknown;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Compiles schemas of the document by their place in it, `/paths/…` with JSON pointer escapes. */
export function schemaCompiler(document: OpenApiDocument): (pointer: string) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('uuid', uuid).addFormat('date-time', dateTime);
  ajv.addSchema(document, 'document');
  const compiled = new Map<string, ValidateFunction>();
  return (pointer) => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` });
    compiled.set(pointer, validate);
    return validate;
  };
}

/** A step of a JSON pointer, escaped for use in a URI fragment. */
export function pointerStep(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** Checks one reply; fails the test when it is not what the document says. */
export type ReplyChecker = (method: string, path: string, answer: Answer) => void;

/** Finds the documented path that a request's path belongs to; fixed segments win over parameters. */
export function documentedPath(document: OpenApiDocument, path: string): string | undefined {
  const matches = Object.keys(document.paths).filter((candidate) =>
    new RegExp(`^${candidate.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`).test(path),
  );
  return matches.sort((a, b) => a.split('{').length - b.split('{').length)[0];
}

/** Makes a checker; `secrets` are those known from the start. Secrets in replies that show them are learnt. */
export function createReplyChecker(document: OpenApiDocument, secrets: readonly string[]): ReplyChecker {
  const compile = schemaCompiler(document);
  const known = new Set(secrets);
  return (method, path, answer) => {
    for (const secret of known) {
      assert.ok(!answer.text.includes(secret), `${method} ${path} shows a secret`);
      for (const [name, value] of answer.headers)
        assert.ok(!value.includes(secret), `${method} ${path} shows a secret in ${name}`);
    }
    const shown = answer.body?.data;
    for (const secret of [shown?.secret, shown?.token]) if (typeof secret === 'string') known.add(secret);
    assert.match(answer.headers.get('x-request-id') ?? '', /^[\w.-]{1,64}$/);
    const { pathname } = new URL(path, 'http://holdfast.test');
    const documented = documentedPath(document, pathname);
    const operation =
      documented === undefined ? undefined : document.paths[documented]?.[method.toLowerCase()];
    if (documented === undefined || operation === undefined) return;
    const place = `${method} ${documented} ${answer.status}`;
    const response = operation.responses[answer.status];
    assert.ok(response, `${place} is not in the document: ${answer.text.slice(0, 500)}`);
    for (const [name, { required }] of Object.entries(response.headers ?? {})) {
      if (required !== true) continue;
      assert.ok(answer.headers.has(name), `${place} has no ${name}`);
    }
    if (response.content?.['application/json'] === undefined) return;
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, place);
    const pointer = ['paths', documented, method.toLowerCase(), 'responses', String(answer.status)];
    const validate = compile(
      `/${[...pointer, 'content', 'application/json', 'schema'].map(pointerStep).join('/')}`,
    );
    assert.ok(
      validate(JSON.parse(answer.text)),
      `${place} is not as documented: ${JSON.stringify(validate.errors)} in ${answer.text.slice(0, 1000)}`,
    );
  };
}
