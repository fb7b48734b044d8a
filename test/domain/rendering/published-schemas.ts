/**
 * The schemas that GitHub publishes of its events, with `required` and `additionalProperties` left out:
 * they tell the type of each field that is there.
 */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';

interface Schema {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const published = JSON.parse(
  readFileSync(new URL(import.meta.resolve('@octokit/webhooks-schemas')), 'utf8'),
) as { readonly definitions: Readonly<Record<string, Schema>> };

const ajv = new Ajv({ strict: false, allErrors: true });
ajv
  .addFormat('date-time', isInstant)
  .addFormat('uri', isUri)
  .addFormat('uri-template', (text: string) => isUri(text.replaceAll(/\{[^{}]*\}/g, '')));
ajv.addSchema(
  { definitions: Object.fromEntries(Object.entries(published.definitions).map(relaxNamed)) },
  'github',
);

/** What is wrong with a payload, by the schema of an event or object such as `issues$opened` or `user`. */
export function faultsOf(schema: string, payload: unknown): readonly ErrorObject[] {
  const validate = ajv.getSchema(`github#/definitions/${schema}`);
  if (validate === undefined) throw new Error(`GitHub publishes no schema ${schema}`);
  return validate(payload) === true ? [] : (validate.errors ?? []);
}

/** The names of the fields that GitHub gives an event or object. */
export function fieldsOf(schema: string): readonly string[] {
  return Object.keys(published.definitions[schema]?.properties ?? {});
}

function relaxNamed([name, schema]: readonly [string, Schema]): readonly [string, unknown] {
  return [name, relax(schema)];
}

/** Leaves the two keywords out everywhere, but no property that bears their name. */
function relax(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(relax);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(
    ([keyword]) => keyword !== 'required' && keyword !== 'additionalProperties',
  );
  return Object.fromEntries(
    kept.map(([keyword, value]) =>
      keyword === 'properties'
        ? [keyword, Object.fromEntries(Object.entries(value as Record<string, Schema>).map(relaxNamed))]
        : [keyword, relax(value)],
    ),
  );
}

function isInstant(text: string): boolean {
  const form = /^\d{4}-\d\d-(\d\d)T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const local = new Date(text.replace(/(\.\d+)?(Z|[+-]\d\d:\d\d)$/, 'Z'));
  return form !== null && !Number.isNaN(local.getTime()) && local.getUTCDate() === Number(form[1]);
}

function isUri(text: string): boolean {
  return (
    URL.canParse(text) &&
    /^[a-z]+:(?:[!#-;=?-[\]_a-z~]|%[\da-f]{2})+$/i.test(text) &&
    !/%(?![\da-f]{2})/i.test(text)
  );
}
