import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { Webhooks } from '@octokit/webhooks';
import { Webhook } from 'standardwebhooks';
import { intakeLimits } from '#domain/limits.ts';
import { startHoldfast, type TestHoldfast } from '../support/holdfast.ts';
import {
  makeHook,
  makeRepository,
  plainPayload,
  sendEvent,
  type MadeHook,
  type OwnedRepository,
} from '../support/make.ts';
import { startReceiver, type Arrival, type Receiver } from '../support/receiver.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** A plain payload's text with more members put in front, written as they stand. */
function textWith(repository: OwnedRepository, members: string): string {
  return `{${members},${JSON.stringify(plainPayload(repository)).slice(1)}`;
}

/** A plain payload of exactly so many bytes. */
function textOfSize(repository: OwnedRepository, bytes: number): string {
  const bare = textWith(repository, '"filler":""');
  return textWith(repository, `"filler":"${'x'.repeat(bytes - Buffer.byteLength(bare))}"`);
}

describe('the bytes of an event', () => {
  let holdfast: TestHoldfast;
  let repository: OwnedRepository;
  let receiver: Receiver;
  let hook: MadeHook;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startHoldfast();
    repository = await makeRepository(holdfast);
    receiver = await startReceiver();
    hook = await makeHook(holdfast, repository, { url: receiver.url, events: ['star.added'] });
  });
  after(async () => {
    await receiver.stop();
    await holdfast.stop();
  });

  const deliver = async (text: string): Promise<Arrival> => {
    const event = await sendEvent(holdfast, repository, 'star.added', text);
    const id = event.deliveries[0]?.id;
    const [arrival] = await receiver.arrived(1, { where: ({ headers }) => headers['webhook-id'] === id });
    assert.ok(arrival);
    return arrival;
  };

  const cases: Readonly<Record<string, (owned: OwnedRepository) => string>> = {
    'odd spacing': (owned) => ` \n\t${textWith(owned, '"a" :\r\n [ 1 ,2 ]  ')} \n`,
    'key order and doubled keys': (owned) => textWith(owned, '"z":1,"a":2,"z":3'),
    'a number beyond 2^53': (owned) => textWith(owned, '"n":9007199254740993,"m":1e400,"o":-0.0,"p":1.10'),
    'lone surrogates': (owned) => textWith(owned, '"s":"\\ud800","t":"\\udc00\\ud800","u":"\\u0000"'),
    __proto__: (owned) => textWith(owned, '"__proto__":{"admin":true},"constructor":{"prototype":1}'),
    'text of many scripts': (owned) => textWith(owned, '"s":"zażółć 日本語 🐘 \\ud83d\\udc18 \u2028"'),
    'the largest payload there may be': (owned) => textOfSize(owned, intakeLimits.payloadBytes),
  };

  for (const [what, make] of Object.entries(cases)) {
    it(`arrive and are signed as they were sent: ${what}`, async () => {
      const text = make(repository);

      const arrival = await deliver(text);

      assert.equal(sha256(arrival.body), sha256(text));
      const expected = createHmac('sha256', hook.secret).update(text).digest('hex');
      assert.equal(arrival.headers['x-sigmagit-signature'], `sha256=${expected}`);
      assert.equal(arrival.headers['content-type'], 'application/json');
    });
  }

  it('are refused beyond the limit', async () => {
    const body = textOfSize(repository, intakeLimits.payloadBytes + 1);

    const answer = await holdfast.call('POST', `${repository.path}/events/star.added`, {
      token: repository.token,
      body,
    });

    assert.equal(answer.status, 413);
    assert.equal(answer.body.code, 'payload_too_large');
  });

  it('verify with standardwebhooks, under both spellings of the secret', async () => {
    const { body, headers } = await deliver(JSON.stringify(plainPayload(repository)));
    const sent = headers as Record<string, string>;

    assert.deepEqual(
      new Webhook(hook.standardSecret).verify(body.toString(), sent),
      plainPayload(repository),
    );
    assert.ok(new Webhook(hook.secret, { format: 'raw' }).verify(body.toString(), sent));
    assert.throws(() => new Webhook(hook.standardSecret).verify(`${body.toString()} `, sent));
  });

  it('verify with @octokit/webhooks', async () => {
    const { body, headers } = await deliver(JSON.stringify(plainPayload(repository)));
    const signature = headers['x-sigmagit-signature'] as string;

    assert.ok(await new Webhooks({ secret: hook.secret }).verify(body.toString(), signature));
    assert.ok(!(await new Webhooks({ secret: 'another' }).verify(body.toString(), signature)));
  });

  it('are signed with both secrets while a rotation lasts', async () => {
    const rotated = await holdfast.call('POST', `/api/webhooks/${hook.id}/rotate-secret`, {
      token: repository.token,
      body: { overlapHours: 1 },
    });
    assert.equal(rotated.status, 200, rotated.text);
    const { secret, standardSecret } = rotated.body.data;
    const { body, headers } = await deliver(JSON.stringify(plainPayload(repository)));

    const digest = (key: string): string => `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
    assert.equal(headers['x-sigmagit-signature'], digest(secret));
    assert.equal(headers['x-sigmagit-signature-previous'], digest(hook.secret));
    for (const key of [standardSecret, hook.standardSecret]) {
      assert.ok(new Webhook(key).verify(body.toString(), headers as Record<string, string>));
    }
  });

  it('go whole into the body of the standard format', async () => {
    await holdfast.call('PATCH', `/api/webhooks/${hook.id}`, {
      token: repository.token,
      body: { format: 'standard' },
    });
    const text = textWith(repository, '"n":9007199254740993');

    const { body, headers } = await deliver(text);

    assert.match(body.toString(), /^\{"type":"star\.added","timestamp":"[^"]+","data":/);
    assert.ok(body.toString().endsWith(`"data":${text}}`));
    assert.equal(headers['x-sigmagit-signature'], undefined);
    assert.match(String(headers['webhook-signature']), /^v1,/);
  });
});
