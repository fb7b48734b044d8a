import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { createNameLookup, NameLookupError, type NameSources } from '#platform/network/name-lookup.ts';

/** Sources that know nothing, but for what a test gives, and note what they are asked. */
function makeSources(given: Partial<NameSources>): NameSources & { asked: string[] } {
  const asked: string[] = [];
  const note = (kind: keyof NameSources) => (name: string) => {
    asked.push(`${kind} ${name}`);
    return given[kind]?.(name) ?? Promise.reject(failure('ENOTFOUND'));
  };
  return { ipv4: note('ipv4'), ipv6: note('ipv6'), system: note('system'), asked };
}

function failure(code: string): Error {
  return Object.assign(new Error('no'), { code });
}

describe('the name lookup', () => {
  it('gathers the addresses of both families', async () => {
    const lookUp = createNameLookup(
      makeSources({ ipv4: async () => ['1.1.1.1'], ipv6: async () => ['2606:4700::1'] }),
    );

    assert.deepEqual(await lookUp('example.com'), ['1.1.1.1', '2606:4700::1']);
  });

  it('is content with one family', async () => {
    const sources = makeSources({ ipv4: async () => ['1.1.1.1'] });

    assert.deepEqual(await createNameLookup(sources)('example.com'), ['1.1.1.1']);
    assert.deepEqual(sources.asked, ['ipv4 example.com', 'ipv6 example.com']);
  });

  it('asks the system for what DNS does not know', async () => {
    const sources = makeSources({ system: async () => ['10.0.0.5'] });

    assert.deepEqual(await createNameLookup(sources)('intranet.example'), ['10.0.0.5']);
  });

  it('asks only the system for a name without a dot', async () => {
    const sources = makeSources({ system: async () => ['127.0.0.1'] });

    await createNameLookup(sources)('LOCALHOST');
    await createNameLookup(sources)('backend.');

    assert.deepEqual(sources.asked, ['system localhost', 'system backend.']);
  });

  it('fails closed, and does not ask the system, when a name server fails', async () => {
    const sources = makeSources({
      ipv4: () => Promise.reject(failure('ESERVFAIL')),
      system: async () => ['10.0.0.5'],
    });

    await assert.rejects(createNameLookup(sources)('example.com'), {
      name: 'NameLookupError',
      code: 'ESERVFAIL',
    });
    assert.deepEqual(sources.asked, ['ipv4 example.com', 'ipv6 example.com']);
  });

  it('says by code that there is no such name', async () => {
    await assert.rejects(
      createNameLookup(makeSources({}))('example.com'),
      new NameLookupError('ENOTFOUND').constructor,
    );
    await assert.rejects(createNameLookup(makeSources({}))('example.com'), { code: 'ENOTFOUND' });
  });

  it('shares one answer among equal questions, and keeps none', async () => {
    const sources = makeSources({ ipv4: async () => ['1.1.1.1'] });
    const lookUp = createNameLookup(sources);

    await Promise.all([lookUp('example.com'), lookUp('Example.com'), lookUp('example.com')]);
    assert.equal(sources.asked.length, 2);
    await lookUp('example.com');
    assert.equal(sources.asked.length, 4);
  });

  it('lets no sleepy name stop another one', async () => {
    const never = new Promise<readonly string[]>(() => undefined);
    const sources = makeSources({
      ipv4: (name) => (name.startsWith('sleepy') ? never : Promise.resolve(['1.1.1.1'])),
    });
    const lookUp = createNameLookup(sources);
    for (let n = 0; n < 50; n += 1) void lookUp(`sleepy${n}.example`);

    assert.deepEqual(await lookUp('awake.example'), ['1.1.1.1']);
  });

  it('asks the system one question at a time of each kind, so that two threads stay free', async () => {
    const answers = new Map<string, (addresses: string[]) => void>();
    const system = (name: string) => new Promise<string[]>((answer) => answers.set(name, answer));
    const lookUp = createNameLookup(makeSources({ system }));
    const names = ['backend', 'other', 'unknown.example', 'else.example'];
    const asked = names.map((name) => lookUp(name));
    while (answers.size < 2) await nextTurn();
    await nextTurn();

    assert.deepEqual([...answers.keys()].sort(), ['backend', 'unknown.example']);
    for (const [index, name] of names.entries()) {
      while (!answers.has(name)) await nextTurn();
      answers.get(name)?.([`10.0.0.${index}`]);
    }
    assert.deepEqual((await Promise.all(asked)).flat(), ['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3']);
  });

  it('refuses rather than queue without end', async () => {
    const never = new Promise<readonly string[]>(() => undefined);
    const lookUp = createNameLookup(makeSources({ system: () => never }));
    for (let n = 0; n < 201; n += 1) void lookUp(`name${n}`);

    await assert.rejects(lookUp('one-more'), { code: 'EAGAIN' });
  });
});
