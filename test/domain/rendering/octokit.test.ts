import assert from 'node:assert/strict';
import { Webhooks, type EmitterWebhookEvent } from '@octokit/webhooks';
import type { EventType } from '#domain/events.ts';
import { renderEvent } from '#domain/rendering/render-event.ts';
import { sampleOf, samples } from '../../support/samples.ts';

/** Renders a sample and gives it to a receiver, signed. */
async function deliver(receiver: Webhooks, type: EventType): Promise<void> {
  const { name, payload } = renderEvent({ type, payload: JSON.stringify(sampleOf(type).payload) });
  const body = JSON.stringify(payload);
  await receiver.verifyAndReceive({ id: type, name, payload: body, signature: await receiver.sign(body) });
}

function createReceiver(): Webhooks {
  return new Webhooks({ secret: 'It rains on everybody.' });
}

/** Delivers a sample to a receiver that handles one name alone, and answers what it was given. */
async function handled<
  Name extends 'issues.opened' | 'pull_request.closed' | 'push' | 'watch.started' | 'star.deleted' | 'fork',
>(type: EventType, name: Name): Promise<EmitterWebhookEvent<Name>['payload']> {
  const received: EmitterWebhookEvent<Name>[] = [];
  const receiver = createReceiver();
  receiver.on(name, (event) => void received.push(event));

  await deliver(receiver, type);

  assert.equal(received.length, 1);
  return received[0]!.payload;
}

describe("GitHub's own receiver", () => {
  for (const { type } of samples) {
    it(`takes a rendered ${type}`, async () => {
      const receiver = createReceiver();
      const received: string[] = [];
      receiver.onAny(({ id }) => void received.push(id));

      await deliver(receiver, type);

      assert.deepEqual(received, [type]);
    });
  }

  it('handles an issue that was opened', async () => {
    const payload = await handled('issues.opened', 'issues.opened');

    assert.equal(payload.issue.title, 'It rains');
    assert.equal(payload.issue.user?.login, 'pim');
  });

  it('handles a merge as a pull request that was closed', async () => {
    const payload = await handled('pull_request.merged', 'pull_request.closed');

    assert.equal(payload.pull_request.merged, true);
    assert.equal(payload.pull_request.base.ref, 'main');
  });

  it('handles a push', async () => {
    const payload = await handled('push', 'push');

    assert.equal(payload.head_commit?.id, payload.after);
    assert.equal(payload.repository.full_name, 'olive/umbrella');
  });

  it('handles a star that was given, and one that was taken back', async () => {
    assert.equal((await handled('star.added', 'watch.started')).sender.login, 'marta');
    assert.equal((await handled('star.removed', 'star.deleted')).starred_at, null);
  });

  it('handles a fork', async () => {
    assert.equal((await handled('fork.created', 'fork')).forkee.full_name, 'marta/umbrella');
  });
});
