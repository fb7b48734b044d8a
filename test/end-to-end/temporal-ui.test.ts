/** The page about deliveries in the Temporal UI: each of its command lines is run and does what the page says. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deliveryWorkflowId } from '#domain/ids.ts';
import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { findTemporalCli } from '#platform/embedded/temporal-binary.ts';
import { createLog } from '#platform/log.ts';
import { startChild } from '../deploy/child.ts';
import { eventually } from '../support/eventually.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import { makeHook, makeRepository, sendEvent, type OwnedRepository } from '../support/make.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = await readFile(
  fileURLToPath(new URL('docs/operations/temporal-ui.md', `file://${root}`)),
  'utf8',
);

/** The command lines of the page by the heading they stand under. */
const commands = new Map(
  page
    .split(/^## /m)
    .map((section) => [
      section.slice(0, section.indexOf('\n')),
      [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n')),
    ]),
);

const patience = 30_000;

describe('the command lines of the page about the Temporal UI', function () {
  this.timeout(90_000);
  let holdfast: TestHoldfast;
  let receiver: Receiver;
  let repository: OwnedRepository;
  let path: string;

  before(async () => {
    holdfast = await startHoldfast();
    receiver = await startReceiver();
    receiver.answer(500);
    repository = await makeRepository(holdfast);
    const cacheDir = await findCacheFolder(process.env);
    const cli = await findTemporalCli({ env: process.env, cacheDir, log: createLog('silent') });
    path = [dirname(cli.path), process.env['PATH']].join(delimiter);
  });
  after(async () => {
    await receiver.stop();
    await holdfast.stop();
  });

  /** A delivery of a hook of its own, once it is in a state; with what the page calls it. */
  const deliver = async (schedule: readonly number[], state: string) => {
    const hook = await makeHook(holdfast, repository, {
      url: receiver.url,
      events: ['star.added'],
      schedule,
    });
    const { id: eventId, deliveries } = await sendEvent(holdfast, repository);
    await holdfast.call('PATCH', `/api/webhooks/${hook.id}`, {
      token: repository.token,
      body: { events: ['star.removed'] },
    });
    const id = deliveries.find(({ webhookId }) => webhookId === hook.id)?.id as string;
    await inState(id, state);
    const variables = {
      DELIVERY: id,
      HOOK: hook.id,
      EVENT: eventId,
      REPOSITORY: `${repository.owner}/${repository.name}`,
    };
    return { id, variables };
  };
  const read = async (id: string) =>
    (await holdfast.call('GET', `/api/deliveries/${id}`, { token: repository.token })).body.data;
  const inState = (id: string, state: string, attempts?: number) =>
    eventually(
      `${id} is ${state}`,
      async () => {
        const delivery = await read(id);
        const isThere =
          delivery.state === state && (attempts ?? delivery.attemptCount) === delivery.attemptCount;
        return isThere ? delivery : undefined;
      },
      patience,
    );
  const runIdOf = async (id: string): Promise<string> =>
    (await holdfast.temporal.client.workflow.getHandle(deliveryWorkflowId(id, 0)).describe()).runId;
  /** Runs a line as a person's shell would; answers what it printed. */
  const run = async (line: string, variables: Readonly<Record<string, string>>): Promise<string> => {
    const { temporal } = holdfast.config;
    const { code, output } = await startChild(['sh', '-uc', line], {
      cwd: root,
      env: { PATH: path, HOME: process.env['HOME'], TEMPORAL_ADDRESS: temporal.address, ...variables },
    }).ended;
    assert.equal(code, 0, `${line}\n${output}`);
    return output;
  };
  const linesOf = (heading: string, count: number): readonly string[] => {
    const lines = commands.get(heading) ?? [];
    assert.equal(lines.length, count, heading);
    return lines;
  };

  it('stand under headings that a test knows', () => {
    const found = [...commands].filter(([, lines]) => lines.length > 0).map(([heading]) => heading);

    assert.deepEqual(found, ['Find', 'Inspect', 'Postpone', 'Retry', 'Cancel', 'Reset']);
  });

  it('find deliveries by hook, repository and event', async () => {
    const failed = await deliver([], 'exhausted');
    const waiting = await deliver([3600], 'waiting');
    const [byHook, byRepository, byEvent] = linesOf('Find', 3) as [string, string, string];

    await eventually('the store of workflows has caught up', async () => {
      const found = await run(byHook, failed.variables);
      return found.includes(failed.id) ? found : undefined;
    });
    assert.match(await run(byRepository, waiting.variables), /Total: 1\b/);
    assert.match(await run(byEvent, waiting.variables), new RegExp(waiting.id));
    assert.doesNotMatch(await run(byHook, waiting.variables), /delivery\//);
  });

  it('tell where a delivery stands, in words', async () => {
    const { id, variables } = await deliver([3600], 'waiting');

    const [described, state, metadata, shown] = (await Promise.all(
      linesOf('Inspect', 4).map((line) => run(line, variables)),
    )) as [string, string, string, string];

    assert.match(described, new RegExp(`delivery/${id}[^]*HoldfastHook`));
    assert.match(state, /"?state"?:"?waiting/);
    assert.match(metadata, /Attempt 1 ended with http_5xx \(status 500\)[^]*Retry 1 of 1 comes .* after it/);
    assert.match(shown, /TimerStarted/);
  });

  it('postpone, retry and cancel', async () => {
    const { id, variables } = await deliver([3600, 3600, 3600, 3600], 'waiting');
    const until = new Date(Date.now() + 7_200_000).toISOString();

    for (const line of linesOf('Postpone', 1)) await run(line, { ...variables, UNTIL: until });
    await eventually('it is postponed', async () =>
      (await read(id)).nextAttemptAt === until ? true : undefined,
    );
    for (const [index, line] of linesOf('Retry', 3).entries()) {
      await run(line, variables);
      await inState(id, 'waiting', index + 2);
    }
    for (const line of linesOf('Cancel', 1)) await run(line, variables);

    assert.equal((await inState(id, 'cancelled')).attemptCount, 4);
  });

  it('reset one that is exhausted, and those that wait, which wait on', async () => {
    const failed = await deliver([], 'exhausted');
    const released = new Date().toISOString();
    const waiting = await deliver([3600], 'waiting');
    const before = [await runIdOf(failed.id), await runIdOf(waiting.id)];
    const { nextAttemptAt } = await read(waiting.id);
    const [one, all] = linesOf('Reset', 2) as [string, string];

    await run(one, failed.variables);
    await run(all, { RELEASED: released, TASK_QUEUE: holdfast.config.temporal.taskQueue });

    await eventually(
      'both have new runs',
      async () => {
        const runIds = [await runIdOf(failed.id), await runIdOf(waiting.id)];
        return runIds.every((runId, index) => runId !== before[index]) ? true : undefined;
      },
      patience,
    );
    await eventually('the exhausted one is attempted again', async () =>
      (await read(failed.id)).attemptCount === 2 ? true : undefined,
    );
    const after = await eventually('it waits again', async () => {
      const delivery = await inState(waiting.id, 'waiting', 1);
      return delivery.source === 'live' ? delivery : undefined;
    });
    const apartMs = Date.parse(after.nextAttemptAt) - Date.parse(nextAttemptAt);
    assert.ok(Math.abs(apartMs) < 5000, `its next attempt has moved by ${apartMs} ms`);
  });
});
