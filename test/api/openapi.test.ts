/** The OpenAPI document: valid, complete, and true to its own examples. */
import assert from 'node:assert/strict';
import { Validator } from '@seriousme/openapi-schema-validator';
import { allRoutes } from '#api/app.ts';
import type { ApiDependencies } from '#api/dependencies.ts';
import { mountRoutes } from '#api/mount.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';
import { pointerStep, schemaCompiler, type Schema } from './reply-checker.ts';

/** Enough for routes to be declared; none of them is called. */
const noDependencies = { database: {}, temporal: {} } as unknown as ApiDependencies;

describe('the OpenAPI document', () => {
  let holdfast: CheckedHoldfast;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
  });
  after(() => holdfast.stop());

  it('is served to anyone and is valid OpenAPI 3.1', async () => {
    const { status, body } = await holdfast.call('GET', '/openapi.json', { token: '' });

    assert.equal(status, 200);
    const validator = new Validator();
    const result = await validator.validate(structuredClone(body));
    assert.deepEqual(result.errors ?? [], []);
    assert.equal(result.valid, true);
    assert.equal(validator.version, '3.1');
  });

  it('has every mounted route, and mounts every route it has', () => {
    const router = mountRoutes(allRoutes(noDependencies), () => Promise.reject(new Error('nobody calls')));
    const mounted = router.stack.flatMap((layer) =>
      layer.methods
        .filter((method) => method !== 'HEAD')
        .map((method) => `${method} ${String(layer.path).replace(/:(\w+)/g, '{$1}')}`),
    );
    const documented = Object.entries(holdfast.document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );

    assert.deepEqual(documented.toSorted(), mounted.toSorted());
  });

  it('gives every operation an id of its own, and every protected one its 401, 403 and 503', () => {
    const operations = Object.values(holdfast.document.paths).flatMap((path) => Object.values(path));

    const ids = operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const operation of operations.filter(({ security }) => security.length > 0)) {
      for (const status of [401, 403, 503])
        assert.ok(operation.responses[status], `${operation.operationId} ${status}`);
    }
  });

  it('declares the parameters that its paths hold', () => {
    for (const [path, operations] of Object.entries(holdfast.document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const [method, { parameters = [] }] of Object.entries(operations)) {
        const declared = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
        assert.deepEqual(declared, inPath, `${method} ${path}`);
      }
    }
  });

  it('holds no example that its own schema refuses', () => {
    const compile = schemaCompiler(holdfast.document);
    let count = 0;
    const visit = (value: unknown, pointer: string): void => {
      if (typeof value !== 'object' || value === null) return;
      const { example, examples = [] } = value as Schema;
      for (const each of [...(example === undefined ? [] : [example]), ...examples]) {
        const validate = compile(pointer);
        assert.ok(validate(each), `${pointer}: ${JSON.stringify(validate.errors)}`);
        count += 1;
      }
      for (const [name, part] of Object.entries(value)) {
        if (name === 'example' || name === 'examples') continue;
        visit(part, `${pointer}/${pointerStep(name)}`);
      }
    };

    visit(holdfast.document, '');

    assert.ok(count > 20, `${count} examples`);
  });

  it('is a page for people too, with every route and schema and without a script', async () => {
    const { status, text, headers } = await holdfast.call('GET', '/docs', { token: '' });

    assert.equal(status, 200);
    assert.match(headers.get('content-type') ?? '', /^text\/html; charset=utf-8/);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
    for (const [path, operations] of Object.entries(holdfast.document.paths))
      for (const method of Object.keys(operations))
        assert.ok(text.includes(`<code>${method.toUpperCase()} ${path}</code>`), `${method} ${path}`);
    for (const name of Object.keys(holdfast.document.components.schemas))
      assert.ok(text.includes(`<h3 id="${name}">`), name);
    assert.ok(
      !/<script|javascript:|https?:\/\/(?!json-schema|example)/i.test(text.replace(/<pre>.*?<\/pre>/gs, '')),
    );
  });
});
