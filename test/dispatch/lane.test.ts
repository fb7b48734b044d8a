import assert from 'node:assert/strict';
import { createBell } from '#dispatch/bell.ts';
import { createLane } from '#dispatch/lane.ts';

describe('a lane', () => {
  it('has room until it is full, and tells when there is room again', () => {
    let told = 0;
    const lane = createLane({ width: 2, forgetMs: 60_000, onRoom: () => (told += 1) });

    lane.enter('a');
    lane.enter('b');
    assert.equal(lane.room(), 0);
    lane.leave('a');
    lane.leave('a');
    lane.leave('somebody else');

    assert.equal(lane.room(), 1);
    assert.equal(told, 1);
    lane.leave('b');
  });

  it('forgets what never tells of its end', async () => {
    const bell = createBell();
    const lane = createLane({ width: 1, forgetMs: 10, onRoom: bell.ring });
    lane.enter('a');

    await bell.heard(10_000);

    assert.equal(lane.room(), 1);
  });
});

describe('a bell', () => {
  it('keeps a ring for who comes to listen later, once', async () => {
    const bell = createBell();
    bell.ring();
    bell.ring();
    await bell.heard(10_000);

    let heard = false;
    const next = bell.heard(10_000).then(() => (heard = true));
    await Promise.resolve();
    assert.equal(heard, false);
    bell.ring();
    await next;
  });

  it('lets nobody wait for longer than they want', async () => {
    await createBell().heard(5);
  });
});
