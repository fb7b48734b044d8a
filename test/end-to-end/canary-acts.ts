/** What is done with the hooks of the canary scene: every route is called, in order and by mistake. */
import assert from 'node:assert/strict';
import { namedPayload, pushPayload } from '../support/make.ts';
import { canaries } from './canary-peers.ts';
import { away, home, owner, type Scene, type SceneHook } from './canary-scene.ts';

/** Reports events of both shapes to both repositories, and waits until their deliveries have ended. */
export async function reportEvents({ call, settled }: Scene): Promise<void> {
  for (const name of [home, away]) {
    const place = { owner, name };
    for (const [type, payload] of [
      ['push', pushPayload(place)],
      ['gollum', namedPayload(place)],
    ] as const) {
      const sent = await call('POST', `/api/repositories/${owner}/${name}/events/${type}`, payload);
      assert.equal(sent.status, 202, sent.text);
    }
  }
  await settled();
}

/** Asks everything that can be asked of hooks, and has everything done with them that leaves them as they are. */
export async function useHooks({ call, settled }: Scene, hooks: readonly SceneHook[]): Promise<void> {
  for (const { id, path, service } of hooks) {
    const { body: hook } = await call('GET', path);
    const { status, text } = await call('PATCH', path, { config: hook.config });
    assert.equal(status, 200, text);
    await call('GET', `/api/webhooks/${id}`);
    for (const type of ['push', 'issues.opened']) await call('POST', `/api/webhooks/${id}/preview`, { type });
    if (service === 'web') {
      await call('GET', `${path}/config`);
      await call('PATCH', `${path}/config`, { secret: '********' });
    }
    // A bot's messages leave the machine.
    if ('bot_token' in hook.config) continue;
    await call('POST', `${path}/pings`);
    await call('POST', `${path}/tests`);
    await call('POST', `/api/webhooks/${id}/ping`);
  }
  await settled();
  for (const { path } of hooks) {
    const { body } = await call('GET', `${path}/deliveries`);
    for (const guid of new Set(body.map((entry: { guid: string }) => entry.guid))) {
      const { id } = body.find((entry: { guid: string }) => entry.guid === guid);
      assert.equal((await call('POST', `${path}/deliveries/${id}/attempts`)).status, 202);
    }
  }
  await settled();
}

/** Reads all that there is to read. */
export async function readEverything({ call }: Scene, hooks: readonly SceneHook[]): Promise<void> {
  for (const { id, path } of hooks) {
    await call('GET', path);
    const { body } = await call('GET', `${path}/deliveries?per_page=100`);
    for (const entry of body) {
      const detail = await call('GET', `${path}/deliveries/${entry.id}`);
      assert.equal(detail.status, 200, detail.text);
    }
    await call('GET', `/api/webhooks/${id}`);
    await call('GET', `/api/webhooks/${id}/deliveries`);
    await call('GET', `/api/webhooks/${id}/stats`);
  }
  const { body: deliveries } = await call('GET', '/api/deliveries?limit=100');
  for (const { id } of deliveries.data) await call('GET', `/api/deliveries/${id}`);
  for (const name of [home, away]) {
    await call('GET', `/repos/${owner}/${name}/hooks`);
    await call('GET', `/repos/${owner}/${name}/events`);
    await call('GET', `/api/repositories/${owner}/${name}/webhooks`);
  }
  for (const path of ['/hooks', '/hooks/irc', '/openapi.json', '/docs', '/readyz']) await call('GET', path);
}

/** Makes every mistake that there is beside a secret; none of them is let through. */
export async function makeMistakes({ call }: Scene, hooks: readonly SceneHook[]): Promise<void> {
  const { web: secret, wrong, bot, stranger, header } = canaries;
  const path = `/repos/${owner}/${home}/hooks`;
  const url = 'https://example.com/hook';
  const wide = `${wrong}`.repeat(10);
  const bodies: readonly unknown[] = [
    { config: { url: 'nowhere', secret } },
    { config: { url, secret, colour: 'red' } },
    { config: { url, secret: wide } },
    { config: { url, secret: { value: secret } } },
    { config: { url, secret: `${secret}\n` } },
    { config: { url, secret, content_type: 'xml' } },
    { config: { url: `https://user:${wrong}@example.com/`, secret } },
    { config: { url, secret }, events: ['pushes'] },
    { config: { url, secret }, events: 'push' },
    { config: { url, secret }, active: 'yes' },
    { config: secret },
    { name: 'fax', config: { secret } },
    { name: 'slack', config: { url: wrong } },
    { name: 'slack', config: { url: `http://10.0.0.1/${wrong}` } },
    { name: 'slack', config: { url: `http://user:${wrong}@example.com/` } },
    { name: 'slack', config: { url: `ftp://example.com/${wrong}` } },
    { name: 'discord', config: { url: `https://example.com/${wrong}`, bot_token: bot, channel_id: '7' } },
    { name: 'discord', config: { bot_token: `${bot} ü`, channel_id: '7' } },
    { name: 'discord', config: { bot_token: bot } },
    { name: 'irc', config: { server: '127.0.0.1', room: `a::${wrong} b`, password: wrong } },
    { name: 'irc', config: { server: '169.254.169.254', room: `a::${wrong}`, password: wrong } },
    { name: 'irc', config: { server: '127.0.0.1', room: 'a', nickserv_password: `${wrong} b` } },
    { name: 'irc', config: { server: '127.0.0.1', room: 'a', password: `${wrong}\0` } },
    { name: 'email', config: { address: 'one two three', secret: wrong } },
  ];
  for (const body of bodies) {
    const answer = await call('POST', path, body);
    assert.equal(answer.status, 422, `${JSON.stringify(body)} ${answer.text}`);
  }
  assert.equal((await call('POST', path, `{"config":{"secret":"${secret}",}}`)).status, 400);
  assert.equal((await call('POST', path, `"${secret}`)).status, 400);
  await makeOtherMistakes({ call }, hooks);
  for (const Authorization of [
    `Bearer ${stranger}`,
    `token ${stranger}`,
    `Basic ${Buffer.from(`olive:${stranger}`).toString('base64')}`,
  ])
    assert.equal((await call('GET', path, undefined, { Authorization })).status, 401);
  const [hook] = hooks;
  for (const headers of [{ 'X-Canary': `${header}\n` }, { 'X-Hub-Own': header }, { 'X Canary': header }]) {
    const changed = await call('PATCH', `/api/webhooks/${hook?.id}`, { headers });
    assert.equal(changed.status, 422, changed.text);
  }
}

async function makeOtherMistakes({ call }: Pick<Scene, 'call'>, hooks: readonly SceneHook[]): Promise<void> {
  const { wrong } = canaries;
  for (const { path, service } of hooks) {
    const { body } = await call('GET', path);
    const first = Object.keys(body.config)[0] ?? '';
    const config = { ...body.config, [first]: '', unknown: wrong };
    assert.equal((await call('PATCH', path, { config })).status, 422);
    if (service === 'web')
      assert.equal((await call('PATCH', `${path}/config`, { secret: wrong, url: 'x' })).status, 422);
  }
  for (const [topic, callback] of [
    ['x', `https://example.com/${wrong}`],
    [`${owner}/${home}/events/pushes`, `https://user:${wrong}@example.com/`],
    [`${owner}/${home}/events/push`, `http://10.0.0.1/${wrong}`],
    [`${owner}/${home}/events/push`, `github://slack?url=${wrong}`],
    [`${owner}/${home}/events/push`, `github://irc?port=x&password=${wrong}`],
    [`${owner}/${home}/events/push`, wrong],
  ]) {
    const body = new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.topic': `https://forge.example/${topic}`,
      'hub.callback': String(callback),
      'hub.secret': String(wrong),
    });
    const type = 'application/x-www-form-urlencoded';
    const answer = await call('POST', '/hub', body.toString(), { 'Content-Type': type });
    assert.equal(answer.status, 422, answer.text);
  }
}

/**
 * Gives a hook a new secret, which is shown this once, sends with it, and takes another hook away.
 *
 * @returns the path of the hook that is gone
 */
export async function changeSecrets(scene: Scene, hooks: readonly SceneHook[]): Promise<string> {
  const { call } = scene;
  const [web] = hooks;
  const rotated = await call('POST', `/api/webhooks/${web?.id}/rotate-secret`, { overlapHours: 1 });
  assert.equal(rotated.status, 200, rotated.text);
  await reportEvents(scene);
  const { path } = hooks.find(({ service }) => service === 'email') as SceneHook;
  assert.equal((await call('DELETE', path)).status, 204);
  return path;
}
