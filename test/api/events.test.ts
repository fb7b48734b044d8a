/** The producers' door: what is accepted, byte for byte, and what is refused. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { eventDeclarations } from '#domain/events.ts';
import { query } from '#db/query.ts';
import {
  issuePayload,
  namedPayload,
  makeHook,
  makeRepository,
  makeToken,
  ownerScopes,
  plainPayload,
  pullRequestPayload,
  pushPayload,
  type OwnedRepository,
} from '../support/make.ts';
import type { Answer } from '../support/holdfast.ts';
import { startChecked, type CheckedHoldfast } from './checked-holdfast.ts';

const limitBytes = 256 * 1024;

describe('events', () => {
  let holdfast: CheckedHoldfast;
  let repository: OwnedRepository;

  before(async function () {
    this.timeout(60_000);
    holdfast = await startChecked();
    repository = await makeRepository(holdfast);
  });
  after(() => holdfast.stop());

  const send = (
    body: unknown,
    { type = 'star.added', token = repository.token, headers = {} } = {},
  ): Promise<Answer> => holdfast.call('POST', `${repository.path}/events/${type}`, { token, body, headers });

  const storedPayload = async (id: string): Promise<string | undefined> => {
    const rows = await query<{ payload: string }>(holdfast.database.pool, {
      text: 'select payload::text as payload from event where id = $1',
      values: [id],
    });
    return rows[0]?.payload;
  };
  const countEvents = async (): Promise<number> => {
    const rows = await query<{ count: number }>(holdfast.database.pool, {
      text: 'select count(*)::integer as count from event',
      values: [],
    });
    return rows[0]?.count ?? -1;
  };

  /** The payload of a star with more text inside its outer braces. */
  const starWith = (more: string): string => `{${more},${JSON.stringify(plainPayload(repository)).slice(1)}`;

  /** A payload of exactly so many bytes. */
  const starOf = (bytes: number): string => {
    const frame = starWith('"pad":""');
    return frame.replace(
      '"pad":""',
      `"pad":"${'é'.repeat((bytes - frame.length) >> 1)}${(bytes - frame.length) % 2 ? 'x' : ''}"`,
    );
  };

  /** Sends chunks without a Content-Length. */
  const sendChunked = (text: string): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(holdfast.url);
      const path = `${repository.path}/events/star.added`;
      const headers = { Authorization: `Bearer ${repository.token}`, 'Transfer-Encoding': 'chunked' };
      const sent = request({ hostname, port, path, method: 'POST', headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      });
      sent.on('error', reject);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 50_000) sent.write(bytes.subarray(at, at + 50_000));
      sent.end();
    });

  it('are answered with their id, type and one delivery for each listening hook', async () => {
    const its = await makeRepository(holdfast);
    const url = 'https://example.com/hook';
    const exact = await makeHook(holdfast, its, { url, events: ['issues.opened'] });
    const family = await makeHook(holdfast, its, { url, events: ['issues'] });
    const every = await makeHook(holdfast, its, { url, events: ['*'] });
    await makeHook(holdfast, its, { url, events: ['push'] });
    await makeHook(holdfast, its, { url, events: ['issues.opened'], active: false });

    const { status, body } = await holdfast.call('POST', `${its.path}/events/issues.opened`, {
      token: its.token,
      body: issuePayload(its),
    });

    assert.equal(status, 202);
    assert.equal(body.data.type, 'issues.opened');
    assert.deepEqual(
      body.data.deliveries.map((delivery: { webhookId: string }) => delivery.webhookId),
      [exact.id, family.id, every.id],
    );
  });

  it('that nobody listens to are stored and make no delivery', async () => {
    const { status, body } = await send(plainPayload(repository));

    assert.equal(status, 202);
    assert.deepEqual(body.data.deliveries, []);
    assert.ok((await storedPayload(body.data.id)) !== undefined);
  });

  it('of every type in the catalogue are accepted with the payload that the contract shows', async () => {
    for (const { type, shape, ...declaration } of eventDeclarations) {
      const action = 'action' in declaration ? declaration.action : undefined;
      const payloads = {
        issue: () => issuePayload(repository, action),
        pull_request: () => pullRequestPayload(repository, action),
        push: () => pushPayload(repository),
        plain: () => plainPayload(repository),
        none: () => namedPayload(repository, 'namedAction' in declaration ? declaration.namedAction : 'else'),
      };

      const answer = await send(payloads[shape](), { type });

      assert.equal(answer.status, 202, `${type} ${answer.text}`);
    }
  });

  it('keep the text that was sent, whatever JSON allows in it', async () => {
    for (const text of [
      ` \r\n\t${starWith('"z":1,"a":2')} \n`,
      starWith(
        '"big":9007199254740993,"more":123456789012345678901234567890,"e":1e400,"tiny":1E-400,"m":-0.0',
      ),
      starWith('"twice":1,"twice":2'),
      starWith('"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}'),
      starWith(String.raw`"lone":"\ud800","other":"\udc00x","nul":"\u0000","slash":"\/"`),
      starWith('"text":"é 😀 \u2028 \u007f"'),
      starWith(`"deep":${'['.repeat(511)}${']'.repeat(511)}`),
    ]) {
      const answer = await send(text);

      assert.equal(answer.status, 202, answer.text);
      assert.equal(await storedPayload(answer.body.data.id), text);
    }
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it('may have 256 KiB exactly, and not a byte more, with and without Content-Length', async () => {
    const full = starOf(limitBytes);
    assert.equal(Buffer.byteLength(full), limitBytes);

    const exact = await send(full);
    const over = await send(`${full} `);
    const far = await send(starOf(3_000_000));
    const exactChunked = await sendChunked(full);
    const overChunked = await sendChunked(`${full} `);

    assert.equal(exact.status, 202);
    assert.equal(await storedPayload(exact.body.data.id), full);
    assert.deepEqual([over.status, over.body.code], [413, 'payload_too_large']);
    assert.equal(far.status, 413);
    assert.equal(exactChunked.status, 202, exactChunked.body);
    assert.equal(overChunked.status, 413, overChunked.body);
  });

  it('are refused with 400 when the body is not JSON in UTF-8', async () => {
    const count = await countEvents();
    for (const body of [
      '',
      ' ',
      '{',
      "{'a':1}",
      '{"a":1,}',
      '{"a":NaN}',
      '{} {}',
      '\u0000',
      `\ufeff${JSON.stringify(plainPayload(repository))}`,
      `${JSON.stringify(plainPayload(repository))}\u0000`,
      starWith('"raw":"\u0000"'),
      starWith('"raw":"\n"'),
      Buffer.from(starWith('"latin":"é"'), 'latin1'),
      Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
      Buffer.concat([Buffer.from('{"surrogate":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ]) {
      const answer = await send(body);

      assert.equal(answer.status, 400, `${JSON.stringify(body.toString())} ${answer.text}`);
      assert.equal(answer.body.code, 'invalid_json');
    }
    assert.equal(await countEvents(), count);
  });

  it('that nest a million levels deep are refused with 400 at once', async () => {
    const began = Date.now();

    for (const text of [
      '['.repeat(limitBytes),
      `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`.slice(0, limitBytes),
    ])
      assert.equal((await send(text)).status, 400);
    assert.equal((await send(starWith(`"deep":${'['.repeat(512)}${']'.repeat(512)}`))).status, 400);
    assert.equal((await send('['.repeat(1_000_000))).status, 413);
    assert.equal((await holdfast.call('POST', '/api/events', { body: '['.repeat(1_000_000) })).status, 400);
    assert.equal(
      (
        await holdfast.call('POST', '/api/events', {
          body: `${'['.repeat(4_000_000)}${']'.repeat(4_000_000)}`,
        })
      ).status,
      400,
    );

    assert.ok(Date.now() - began < 3000, `${Date.now() - began} ms`);
    assert.equal((await holdfast.call('GET', '/healthz')).status, 200);
  });

  it('are refused with 415 when the body is compressed', async () => {
    for (const encoding of ['gzip', 'br', 'deflate', 'zstd', 'gzip, identity', 'nonsense']) {
      const { status, body } = await send(plainPayload(repository), {
        headers: { 'Content-Encoding': encoding },
      });
      assert.deepEqual([status, body.code], [415, 'unsupported_media_type']);
    }
    const plain = await send(plainPayload(repository), { headers: { 'Content-Encoding': 'identity' } });
    assert.equal(plain.status, 202);
  });

  it('of an unknown type are refused with 422 and the names that resemble it', async () => {
    for (const [type, hint] of [
      ['issues.open', /did you mean issues\.opened/],
      ['pull_request.merge', /pull_request\.merged/],
      ['Push', /push/],
      ['issues', /did you mean/],
      ['*', /There is no event "\*"/],
      ['%00', /There is no event/],
      ['__proto__', /There is no event/],
      ['a'.repeat(5000), /There is no event "a{100}"$/],
    ] as const) {
      const { status, body } = await send(plainPayload(repository), { type });
      assert.equal(status, 422, type.slice(0, 50));
      assert.equal(body.code, 'unknown_event');
      assert.match(body.error, hint);
      assert.equal(body.fields[0].path, 'type');
    }
  });

  it('are refused with the path of the field that is wrong', async () => {
    for (const [type, payload, path] of [
      ['star.added', [], 'payload'],
      ['star.added', 'null', 'payload'],
      ['star.added', { repository: plainPayload(repository).repository }, 'sender'],
      ['star.added', { ...plainPayload(repository), sender: { id: 7, username: 'octo' } }, 'sender.id'],
    ] as const) {
      const { status, body } = await send(payload, { type });
      assert.equal(status, 422);
      assert.equal(body.code, 'invalid_field');
      assert.equal(body.fields[0].path, path);
    }
  });

  it('may be sent by the platform for any repository, and by others only where they own or administer', async () => {
    const admin = await makeRepository(holdfast, { admins: ['hubert'] });
    const to = (path: string, token: string) =>
      holdfast.call('POST', `${path}/events/star.added`, { token, body: plainPayload(admin) });
    const hubert = await makeToken(holdfast, 'hubert', ['events:write']);
    const platform = await makeToken(holdfast, 'machine', ['platform']);

    assert.equal((await to(admin.path, admin.token)).status, 202);
    assert.equal((await to(admin.path, hubert)).status, 202);
    assert.equal((await to(admin.path, platform)).status, 202);
    for (const [path, token] of [
      [repository.path, hubert],
      [repository.path, admin.token],
      ['/api/repositories/nobody/nothing', platform],
      ['/api/repositories/nobody/nothing', hubert],
      [`/api/repositories/%00/${admin.name}`, platform],
      [`/api/repositories/${admin.owner}/%00`, platform],
      [`/api/repositories/${admin.owner}/${admin.name}%00`, platform],
      [`/api/repositories/${admin.owner}/%ed%a0%80`, platform],
      [`/api/repositories/${admin.owner}'--/x`, platform],
    ] as const) {
      const { status, body } = await to(path, token);
      assert.equal(status, 404, path);
      assert.equal(body.error, 'Repository not found or unauthorized');
    }
    const reader = await makeToken(holdfast, admin.owner, ['read:repo_hook']);
    assert.equal((await to(admin.path, reader)).body.error, 'Insufficient scope');
    assert.ok(ownerScopes.includes('events:write'));
  });
});
