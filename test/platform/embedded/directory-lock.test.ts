import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DirectoryInUseError, lockDirectory } from '#platform/embedded/directory-lock.ts';
import { makeScratch, readLine, until } from './scratch.ts';

const scratch = makeScratch();

function takeElsewhere(directory: string, then: string): string {
  return `
    import { lockDirectory } from '#platform/embedded/directory-lock.ts';
    const outcome = await lockDirectory(${JSON.stringify(directory)}).then(() => 'held', (error) => error.name);
    console.log(outcome);
    ${then}`;
}

describe('lockDirectory', () => {
  afterEach(() => scratch.clear());

  it('keeps a second process out until the first releases', async () => {
    const directory = scratch.folder();
    const lock = await lockDirectory(directory);

    const whileHeld = await readLine(scratch.run(takeElsewhere(directory, '')));
    lock.release();
    const afterwards = await readLine(scratch.run(takeElsewhere(directory, '')));

    assert.deepEqual([whileHeld, afterwards], ['DirectoryInUseError', 'held']);
  });

  it('says who holds the folder and since when', async () => {
    const directory = scratch.folder();
    const holder = scratch.run(takeElsewhere(directory, 'setInterval(() => {}, 1_000);'));
    await readLine(holder);

    const refusal: unknown = await lockDirectory(directory).catch((error: unknown) => error);

    assert.ok(refusal instanceof DirectoryInUseError);
    assert.equal(refusal.pid, holder.pid);
    assert.ok(Math.abs(refusal.since.getTime() - Date.now()) < 10_000);
  });

  it('is free again after its holder was killed', async () => {
    const directory = scratch.folder();
    const holder = scratch.run(takeElsewhere(directory, 'setInterval(() => {}, 1_000);'));
    await readLine(holder);

    holder.kill('SIGKILL');
    await until(() => holder.signalCode !== null, 'the holder is gone');
    const lock = await lockDirectory(directory);

    assert.equal(readdirSync(join(directory, 'lock')).length, 1);
    lock.release();
  });

  it('is free again when its holder exits without releasing', async () => {
    const directory = scratch.folder();
    const holder = scratch.run(takeElsewhere(directory, 'process.exit(0);'));
    await readLine(holder);
    await until(() => holder.exitCode !== null, 'the holder is gone');

    assert.deepEqual(readdirSync(join(directory, 'lock')), []);
  });

  it('does not mistake a process with a recycled pid for the holder', async () => {
    const directory = scratch.folder();
    const startOfAnother = Buffer.from('1').toString('base64url');
    mkdirSync(join(directory, 'lock'));
    writeFileSync(join(directory, 'lock', `1.${process.ppid}.${startOfAnother}.abcdef`), '');

    const lock = await lockDirectory(directory);

    lock.release();
    assert.deepEqual(readdirSync(join(directory, 'lock')), []);
  });

  it('lets exactly one of several that start at once in', async function race() {
    this.timeout(120_000);
    const directory = scratch.folder();
    const atOnce = Date.now() + 1_500;
    const wait = `while (Date.now() < ${atOnce}) {}`;
    const source = takeElsewhere(directory, 'setInterval(() => {}, 1_000);').replace(
      'const',
      `${wait} const`,
    );

    const outcomes = await Promise.all([1, 2, 3, 4].map(() => readLine(scratch.run(source))));

    assert.deepEqual(outcomes.sort(), [
      'DirectoryInUseError',
      'DirectoryInUseError',
      'DirectoryInUseError',
      'held',
    ]);
  });

  it('lets exactly one of several claims of one process in', async () => {
    const directory = scratch.folder();

    const claims = await Promise.allSettled([1, 2, 3, 4, 5].map(() => lockDirectory(directory)));

    const held = claims.filter((it) => it.status === 'fulfilled');
    assert.equal(held.length, 1);
    held[0]?.value.release();
  });
});
