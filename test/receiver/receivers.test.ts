import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { DeliveryHandler } from '#receiver/node-receiver.ts';
import { parsePayload } from '#receiver/parse-payload.ts';
import type { ReceiverOptions } from '#receiver/receiver-options.ts';
import { keep, post, signedBy, starts, type Keeping } from './receiving.ts';

const body = Buffer.from('{"name":"grüße 🦜"}');
const json = { 'Content-Type': 'application/json' };

for (const [name, start] of Object.entries(starts)) {
  describe(`a receiver on ${name}`, () => {
    let running: Keeping;
    const run = async (options?: Partial<ReceiverOptions>, handle?: DeliveryHandler): Promise<Keeping> =>
      (running = await keep(start, options, handle));
    afterEach(() => running?.stop());

    it('hands over the bytes that were signed, and answers 204', async () => {
      await run();

      const answer = await post(running, body, {
        ...signedBy.standard(body, 'a'),
        'X-Sigmagit-Event': 'star.added',
      });

      assert.equal(answer.status, 204);
      const [delivery] = running.deliveries;
      assert.deepEqual(delivery?.body, body);
      assert.deepEqual([delivery?.id, delivery?.event], ['a', 'star.added']);
      assert.equal(delivery?.headers['webhook-id'], 'a');
    });

    it('takes the standard signature only, unless another family is named', async () => {
      await run();

      const answers = [
        await post(running, body, signedBy.sigmagit(body, 'a')),
        await post(running, body, signedBy.hub(body, 'a')),
        await post(running, body, {}),
        await post(running, body, signedBy.standard(Buffer.from('{}'), 'a')),
      ];

      assert.deepEqual(
        answers.map(({ status }) => status),
        [401, 401, 401, 401],
      );
      assert.equal(answers[0]?.text, 'The header webhook-signature is missing.');
      assert.deepEqual(running.ids(), []);
    });

    it('says by how much an attempt is late', async () => {
      await run();

      const late = await post(
        running,
        body,
        signedBy.standard(body, 'a', { at: new Date(Date.now() - 400_000) }),
      );

      assert.equal(late.status, 401);
      assert.match(late.text, /^The attempt is 40\d s old by this receiver's clock; 300 s are allowed\.$/);
      assert.deepEqual(running.ids(), []);
    });

    it('takes each family that is named, and no other', async () => {
      await run({ families: ['sigmagit', 'hub'] });

      const statuses = [
        await post(running, body, signedBy.sigmagit(body, 'a')),
        await post(running, body, signedBy.hub(body, 'b')),
        await post(running, body, signedBy.standard(body, 'c')),
      ].map(({ status }) => status);

      assert.deepEqual(statuses, [204, 204, 401]);
      assert.deepEqual(running.ids(), ['a', 'b']);
      assert.deepEqual(
        running.deliveries.map(({ event }) => event),
        ['star.added', 'watch'],
      );
    });

    it('answers 403 to addresses that may not call, before it reads anything', async () => {
      await run({ allowFrom: ['198.51.100.0/24'], trustedProxies: ['127.0.0.1'] });
      const via = async (forwarded: Record<string, string>): Promise<number> =>
        (await post(running, body, { ...signedBy.standard(body, 'a'), ...forwarded })).status;

      assert.equal(await via({}), 403);
      assert.equal(await via({ 'X-Forwarded-For': '198.51.100.7, 203.0.113.9' }), 403);
      assert.equal(await via({ 'X-Forwarded-For': '203.0.113.9, 198.51.100.7' }), 204);
      assert.deepEqual(running.ids(), ['a']);
    });

    it('lets nobody in by an empty list', async () => {
      await run({ allowFrom: [] });

      assert.equal((await post(running, body, signedBy.standard(body, 'a'))).status, 403);
    });

    it('answers 405 to other methods, and 413 to bodies over its limit', async () => {
      await run({ limitBytes: body.length });
      const larger = Buffer.concat([body, Buffer.from(' ')]);

      const get = await fetch(running.url);
      const large = await post(running, larger, signedBy.standard(larger, 'a'));
      const fitting = await post(running, body, signedBy.standard(body, 'b'));

      assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
      assert.deepEqual([large.status, large.text], [413, `The body is larger than ${body.length} bytes.`]);
      assert.equal(fitting.status, 204);
      assert.deepEqual(running.ids(), ['b']);
    });

    it('answers 400 when the payload cannot be read, and forgets it', async () => {
      const wrong = Buffer.from('{');
      await run({}, (delivery) => void parsePayload(delivery.headers, delivery.body));

      for (const bytes of [wrong, wrong, body]) {
        const answer = await post(running, bytes, { ...json, ...signedBy.standard(bytes, 'a') });
        assert.equal(answer.status, bytes === body ? 204 : 400, answer.text);
      }

      assert.deepEqual(running.ids(), ['a', 'a', 'a']);
      assert.deepEqual(running.errors, []);
    });

    it('outlives a sender that breaks off in the middle', async () => {
      await run();
      const socket = connect(running.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write('POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');

      socket.destroy();
      const answer = await post(running, body, signedBy.standard(body, 'a'));
      await running.stop();

      assert.equal(answer.status, 204);
      assert.deepEqual(running.ids(), ['a']);
      // Koa itself reports the broken connection.
      const unexpected = name === 'Koa' ? [] : running.errors;
      assert.deepEqual(unexpected, []);
    });

    it('says so when a body parser took the bytes before it', async () => {
      running = await keep(start, {}, undefined, 'parser');

      const answer = await post(running, body, signedBy.standard(body, 'a'));

      assert.equal(answer.status, 500);
      assert.match(String(running.errors[0]), /The body was read already/);
      assert.deepEqual(running.ids(), []);
    });

    it('is not made with options that are none', () => {
      const wrong: readonly Partial<ReceiverOptions>[] = [
        { secrets: '' },
        { secrets: [] },
        { families: [] },
        { families: ['sha1' as 'hub'] },
        { families: ['standard', 'hub'], secrets: [], publicKeys: [`whpk_${'A'.repeat(43)}=`] },
        { publicKeys: ['whpk_'] },
        { toleranceSeconds: Number.NaN },
        { limitBytes: Number.NaN },
        { allowFrom: ['localhost'] },
        { trustedProxies: ['10.0.0.0/33'] },
      ];

      for (const options of wrong) {
        assert.throws(
          () => void start(options, () => undefined),
          /TypeError|RangeError/,
          JSON.stringify(options),
        );
      }
    });
  });
}
