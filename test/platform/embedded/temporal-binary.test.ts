import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { findTemporalCli, type TemporalCli } from '#platform/embedded/temporal-binary.ts';
import type { TemporalSource } from '#platform/embedded/temporal-sources.ts';
import { makeLog, makeScratch } from './scratch.ts';

const scratch = makeScratch();
const GOOD = 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)';

/** A stand-in for the program, which only knows its version. */
function putProgram(path: string, version = GOOD): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

interface Places {
  readonly cacheDir: string;
  readonly pathFolder: string;
  readonly cached: string;
  readonly onPath: string;
}

function makePlaces(): Places {
  const root = scratch.folder();
  const [cacheDir, pathFolder] = [join(root, 'cache'), join(root, 'bin')];
  mkdirSync(cacheDir);
  mkdirSync(pathFolder);
  return {
    cacheDir,
    pathFolder,
    cached: join(cacheDir, 'temporal-cli', 'temporal'),
    onPath: join(pathFolder, 'temporal'),
  };
}

function find(
  { cacheDir, pathFolder }: Places,
  env: NodeJS.ProcessEnv = {},
  sources: readonly TemporalSource[] = [],
): Promise<TemporalCli> {
  return findTemporalCli({ env: { PATH: pathFolder, ...env }, cacheDir, log: makeLog(), sources });
}

const failing: TemporalSource = { name: 'the moon', fetchTo: () => Promise.reject(new Error('too far')) };
const giving: TemporalSource = { name: 'a neighbour', fetchTo: async (path) => void putProgram(path) };

describe('findTemporalCli', () => {
  afterEach(() => scratch.clear());

  it('takes TEMPORAL_CLI_PATH before all else', async () => {
    const places = makePlaces();
    putProgram(places.onPath);
    const named = putProgram(join(scratch.folder(), 'my-temporal'));

    const found = await find(places, { TEMPORAL_CLI_PATH: named });

    assert.deepEqual(found, { path: named, source: 'TEMPORAL_CLI_PATH' });
  });

  it('refuses a TEMPORAL_CLI_PATH that does not run, whatever else there is', async () => {
    const places = makePlaces();
    putProgram(places.onPath);

    await assert.rejects(
      find(places, { TEMPORAL_CLI_PATH: '/nowhere/temporal' }),
      /TEMPORAL_CLI_PATH is \/nowhere/u,
    );
  });

  it('takes the one on PATH before the cache', async () => {
    const places = makePlaces();
    putProgram(places.onPath);
    putProgram(places.cached);

    assert.deepEqual(await find(places), { path: places.onPath, source: 'PATH' });
  });

  it('passes over one on PATH that is too old, broken or something else', async () => {
    for (const version of [
      'temporal version 1.4.9 (Server 1.32.0, UI 2.54.1)',
      'temporal version 1.5.1 (Server 1.28.9, UI 2.0.0)',
      'temporal, the calendar',
    ]) {
      const places = makePlaces();
      putProgram(places.onPath, version);
      putProgram(places.cached);

      assert.deepEqual(await find(places), { path: places.cached, source: 'the cache' }, version);
    }
  });

  it('takes one built from source by the version of its server', async () => {
    const places = makePlaces();
    putProgram(places.onPath, 'temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)');

    assert.equal((await find(places)).source, 'PATH');
  });

  it('takes the cache before it fetches', async () => {
    const places = makePlaces();
    putProgram(places.cached);

    assert.equal((await find(places, {}, [giving])).source, 'the cache');
  });

  it('fetches anew when the cached one does not run any more', async () => {
    const places = makePlaces();
    putProgram(places.cached);
    writeFileSync(places.cached, '#!/bin/sh\nexit 1\n');

    const found = await find(places, {}, [failing, giving]);

    assert.deepEqual(found, { path: places.cached, source: 'a neighbour' });
    assert.match(readFileSync(places.cached, 'utf8'), /1\.9\.1/u);
  });

  it('keeps what it fetched for the next time, also when two fetch at once', async () => {
    const places = makePlaces();

    const both = await Promise.all([find(places, {}, [giving]), find(places, {}, [giving])]);
    const next = await find(places);

    assert.deepEqual(new Set(both.map((it) => it.source)), new Set(['a neighbour']));
    assert.equal(next.source, 'the cache');
    assert.deepEqual(readdirSync(places.cacheDir), ['temporal-cli']);
  });

  it('throws away a fetched program that will not do', async () => {
    const places = makePlaces();
    const old: TemporalSource = {
      name: 'the attic',
      fetchTo: async (path) => void putProgram(path, 'temporal version 1.0.0 (Server 1.25.0, UI 2.0.0)'),
    };

    await assert.rejects(
      find(places, {}, [old]),
      /the attic: version 1\.0\.0 with server 1\.25\.0 is too old/u,
    );
    assert.deepEqual(readdirSync(join(places.cacheDir, 'temporal-cli')), []);
  });

  it('lists all that was tried when nothing helps', async () => {
    const places = makePlaces();
    putProgram(places.onPath, 'temporal version 1.2.0 (Server 1.27.0, UI 2.36.0)');

    await assert.rejects(find(places, {}, [failing, failing]), (error: Error) => {
      assert.match(error.message, /bin\/temporal: version 1\.2\.0 with server 1\.27\.0 is too old/u);
      assert.match(error.message, /the moon: too far[\s\S]*the moon: too far/u);
      assert.match(error.message, /TEMPORAL_CLI_PATH[\s\S]*TEMPORAL_ADDRESS/u);
      return true;
    });
  });
});
