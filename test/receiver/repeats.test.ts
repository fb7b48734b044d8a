import assert from 'node:assert/strict';
import Koa from 'koa';
import { createDeliveryMemory, type DeliveryMemory } from '#receiver/delivery-memory.ts';
import { createKoaReceiver } from '#receiver/koa-receiver.ts';
import type { DeliveryHandler } from '#receiver/node-receiver.ts';
import type { ReceiverOptions } from '#receiver/receiver-options.ts';
import { keep, listen, post, secret, signedBy, starts, type Keeping } from './receiving.ts';

const body = Buffer.from('{"name":"grüße 🦜"}');

for (const [name, start] of Object.entries(starts)) {
  describe(`a delivery that comes again to a receiver on ${name}`, () => {
    let running: Keeping;
    const run = async (options?: Partial<ReceiverOptions>, handle?: DeliveryHandler): Promise<Keeping> =>
      (running = await keep(start, options, handle));
    afterEach(() => running?.stop());

    it('is answered 204 and not handled again when it was handled', async () => {
      await run();

      const first = await post(
        running,
        body,
        signedBy.standard(body, 'a', { at: new Date(Date.now() - 60_000) }),
      );
      const repeat = await post(running, body, signedBy.standard(body, 'a'));

      assert.deepEqual([first.status, repeat.status], [204, 204]);
      assert.deepEqual(running.ids(), ['a']);
    });

    it('is handled when it could not be before, which was answered 500', async () => {
      const failures = [new Error('the queue is away')];
      await run({}, () => {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
      });

      const statuses = [];
      for (let turn = 0; turn < 3; turn++) {
        statuses.push((await post(running, body, signedBy.standard(body, 'a'))).status);
      }

      assert.deepEqual(statuses, [500, 204, 204]);
      assert.deepEqual(running.ids(), ['a', 'a']);
      assert.match(String(running.errors[0]), /the queue is away/);
      assert.equal(running.errors.length, 1);
    });

    it('is answered 503 while the first is being handled, and 204 after that', async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const started = Promise.withResolvers<void>();
      await run({}, () => {
        started.resolve();
        return promise;
      });
      const first = post(running, body, signedBy.standard(body, 'a'));
      await started.promise;

      const meanwhile = await post(running, body, signedBy.standard(body, 'a'));
      resolve();
      const statuses = [
        (await first).status,
        (await post(running, body, signedBy.standard(body, 'a'))).status,
      ];

      assert.equal(meanwhile.status, 503);
      assert.equal(meanwhile.headers.get('retry-after'), '10');
      assert.deepEqual(statuses, [204, 204]);
      assert.deepEqual(running.ids(), ['a']);
    });

    it('is handled once though it comes many times at once', async () => {
      await run();
      const headers = signedBy.standard(body, 'a');

      const answers = await Promise.all(Array.from({ length: 20 }, () => post(running, body, headers)));

      assert.deepEqual(running.ids(), ['a']);
      assert.ok(answers.every(({ status }) => status === 204 || status === 503));
    });

    it('is handled each time when it has no id, or too long a one', async () => {
      await run({ families: ['sigmagit'] });
      const { 'webhook-id': _, ...headers } = signedBy.sigmagit(body, 'a');
      const long = { ...headers, 'webhook-id': 'x'.repeat(257) };

      for (const sent of [headers, headers, long, long]) await post(running, body, sent);

      assert.deepEqual(running.ids(), [undefined, undefined, undefined, undefined]);
    });

    it('is known by the memory that is given, and answered 500 when that fails', async () => {
      const known = createDeliveryMemory();
      const claimed: string[] = [];
      const memory: DeliveryMemory = {
        claim: async (id) => {
          if (id === 'b') throw new Error('the database is away');
          claimed.push(id);
          return known.claim(id);
        },
      };
      await run({ memory });

      const statuses = [
        await post(running, body, signedBy.standard(body, 'a')),
        await post(running, body, signedBy.standard(body, 'b')),
        await post(running, body, { 'webhook-id': 'c' }),
      ].map(({ status }) => status);

      assert.deepEqual(statuses, [204, 500, 401]);
      assert.deepEqual([claimed, running.ids()], [['a'], ['a']]);
      assert.match(String(running.errors[0]), /the database is away/);
    });
  });
}

describe('a delivery that comes again to a receiver on Koa', () => {
  it('is handled when the status before was no success', async () => {
    const statuses = [404, 302, 500, 200, 204];
    const app = new Koa();
    app.use(createKoaReceiver({ secrets: secret }));
    app.use((context) => {
      context.status = statuses.shift() ?? 500;
    });
    const callback = app.callback();
    const running = await listen([], (request, response) => void callback(request, response));

    const answered = [];
    try {
      for (let turn = 0; turn < 5; turn++) {
        const init = {
          method: 'POST',
          body,
          headers: signedBy.standard(body, 'a'),
          redirect: 'manual',
        } as const;
        answered.push((await fetch(running.url, init)).status);
      }
    } finally {
      await running.stop();
    }

    assert.deepEqual(answered, [404, 302, 500, 200, 204]);
    assert.deepEqual(statuses, [204]);
  });
});
