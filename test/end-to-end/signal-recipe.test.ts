/** The recipe for signalled events: its program and its command lines, run as they stand there. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { defaultTaskQueue } from '#domain/ids.ts';
import { signalLimits } from '#domain/signal-limits.ts';
import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { findTemporalCli } from '#platform/embedded/temporal-binary.ts';
import { createLog } from '#platform/log.ts';
import { startChild, type Ending } from '../deploy/child.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeProducer } from '../support/signalling.ts';
import { root } from '../support/tool.ts';

describe('the recipe for signalled events', function () {
  this.timeout(60_000);

  let holdfast: TestHoldfast;
  let folder: string;
  let recipe: string;

  before(async () => {
    holdfast = await startHoldfast({ env: { TEMPORAL_TASK_QUEUE: defaultTaskQueue } });
    await holdfast.call('PUT', '/api/repositories/acme/site', { body: {} });
    folder = await mkdtemp(join(tmpdir(), 'holdfast-recipe-'));
    const { path } = await findTemporalCli({
      env: process.env,
      cacheDir: await findCacheFolder(process.env),
      log: createLog('silent'),
    });
    await symlink(path, join(folder, 'temporal'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    recipe = await readFile(join(root, 'docs/recipes/send-events-by-signal.md'), 'utf8');
  });
  after(async () => {
    await producer().stop();
    await holdfast.stop();
    await rm(folder, { recursive: true });
  });

  const producer = () =>
    makeProducer({
      client: holdfast.temporal.client,
      taskQueue: defaultTaskQueue,
      owner: 'acme',
      name: 'site',
    });
  const blocks = (language: string): readonly string[] =>
    [...recipe.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, of, text = '']) =>
      of === language ? [text] : [],
    );
  const run = async (...words: readonly string[]): Promise<Ending> => {
    const ending = await startChild(words, {
      cwd: folder,
      env: {
        PATH: [folder, process.env['PATH']].join(delimiter),
        HOME: folder,
        TEMPORAL_ADDRESS: holdfast.config.temporal.address,
      },
    }).ended;
    assert.equal(ending.code, 0, ending.output);
    return ending;
  };

  it('has a program that reports an event', async () => {
    const [program = '', ...others] = blocks('ts');
    assert.deepEqual(others, []);
    await writeFile(join(folder, 'program.ts'), program);

    await run(process.execPath, 'program.ts');

    assert.equal((await producer().handled(1)).accepted, 1);
  });

  it('has command lines that report events and ask how that went', async () => {
    const [together = '', apart = '', queries = '', ...others] = blocks('sh');
    assert.deepEqual(others, []);

    await run('/bin/sh', '-e', '-c', together);
    await run('/bin/sh', '-e', '-c', apart);
    await producer().handled(3);
    const { output } = await run('/bin/sh', '-e', '-c', queries);

    assert.match(output, /"accepted":\s*3\b[^]*QueryResult/);
  });

  it('names the bounds as they are', () => {
    const { bytes, rejections, perRun, keyLength, idleSeconds } = signalLimits;

    assert.match(recipe, new RegExp(`at most ${bytes / 1024} KiB`));
    assert.match(recipe, new RegExp(`the last ${rejections},`));
    assert.match(recipe, new RegExp(`as new\\*\\* after ${perRun} signals`));
    assert.match(recipe, new RegExp(`up to ${keyLength} printable`));
    assert.equal(idleSeconds, 3600);
  });
});
