/**
 * Writes the OpenAPI document as one page for people: plain HTML without scripts or anything from elsewhere.
 * Everything in it is escaped, whoever wrote it.
 */
import type { createOpenApiDocument } from './openapi.ts';

type Document = ReturnType<typeof createOpenApiDocument>;
type Operation = NonNullable<NonNullable<Document['paths']>[string]['get']>;
interface NamedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

const style = `body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font-size:.9em}pre{overflow:auto;padding:.75rem;border:1px solid}section{margin:2rem 0}
td,th{padding:.2rem .75rem .2rem 0;text-align:left;vertical-align:top}`;

/** The page of a document. */
export function documentationPage(document: Document): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method: method.toUpperCase(), path, operation }];
    }),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? ''))];
  const schemas = Object.entries(document.components?.schemas ?? {});
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escape(document.info.title)}: the API</title><style>${style}</style></head><body>
<h1>${escape(document.info.title)}</h1>
<p>${escape(document.info.description ?? '')} The same for programs: <a href="/openapi.json">openapi.json</a>.
Authenticate with <code>Authorization: Bearer &lt;token&gt;</code>. A success is <code>{"data": …}</code>,
a failure <code>{"error": "…", "code": "…"}</code>.</p>
${tags.map((tag) => sectionOf(tag, operations)).join('\n')}
<h2>Schemas</h2>
${schemas.map(([name, schema]) => `<h3 id="${escape(name)}">${escape(name)}</h3>${pre(schema)}`).join('\n')}
</body></html>
`;
}

function sectionOf(tag: string, operations: readonly NamedOperation[]): string {
  const own = operations.filter(({ operation }) => operation.tags?.[0] === tag);
  return `<h2>${escape(tag)}</h2>\n${own.map(operationOf).join('\n')}`;
}

function operationOf({ method, path, operation }: NamedOperation): string {
  const scopes = (operation as { readonly 'x-scopes'?: readonly string[] })['x-scopes'];
  const parameters = (operation.parameters ?? []).flatMap((parameter) =>
    'name' in parameter ? [`${parameter.name} (${parameter.in})`] : [],
  );
  const { requestBody } = operation;
  const media =
    requestBody !== undefined && 'content' in requestBody
      ? requestBody.content['application/json']
      : undefined;
  const schema = media !== undefined && 'schema' in media ? media.schema : undefined;
  const replies = Object.entries(operation.responses ?? {}).map(([status, reply]) => {
    const description = 'description' in reply ? reply.description : '';
    return `<tr><th scope="row">${escape(status)}</th><td>${escape(description ?? '')}</td></tr>`;
  });
  return `<section><h3><code>${method} ${escape(path)}</code></h3>
<p>${escape(operation.summary ?? '')}. ${escape(operation.description ?? '')}</p>
<p>${scopes === undefined ? 'Public.' : `Scope: ${scopes.map((scope) => `<code>${escape(scope)}</code>`).join(' or ')}.`}
${parameters.length === 0 ? '' : `Parameters: ${escape(parameters.join(', '))}.`}</p>
${schema === undefined ? '' : `<p>Body:</p>${pre(schema)}`}
<table><caption>Replies</caption>${replies.join('')}</table></section>`;
}

function pre(schema: unknown): string {
  return `<pre>${escape(JSON.stringify(schema, null, 2) ?? '')}</pre>`;
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
