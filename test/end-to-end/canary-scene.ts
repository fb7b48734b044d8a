/**
 * An installation in which every secret is a text of its own, and everything is done that can be done with it: hooks of
 * each service, deliveries that succeed and fail, every route, and mistakes of every kind. Keeps all that was answered.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { eventually } from '../support/eventually.ts';
import type { Answer } from '../support/holdfast.ts';
import { startInstallation, type Installation } from '../support/installation.ts';
import { ownerScopes } from '../support/make.ts';
import { canaries, startPeers, type Peers } from './canary-peers.ts';
import type { Place } from './canary-places.ts';

/** The people who manage the repositories, and their two repositories. */
export const owner = 'olive';
export const [home, away] = ['umbrella', 'raincoat'] as const;

/** What was answered, and the secrets that an answer showed, each once. */
export interface Answers {
  readonly replies: readonly Place[];
  /** By secret, the reply that is there to show it. */
  readonly shown: ReadonlyMap<string, Place>;
}

/** The scene while it lasts. */
export interface Scene extends Answers {
  readonly dataDir: string;
  readonly installation: Installation;
  readonly peers: Peers;
  /** Calls the API as the owner. */
  readonly call: Call;
  /** Resolves when no delivery is under way: each has ended, or is held for a hook that is off. */
  readonly settled: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Calls the API and keeps the answer. */
export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** Starts the scene: the servers, the installation with its log at its finest, an owner with two repositories. */
export async function startScene(): Promise<Scene> {
  const peers = await startPeers();
  const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-canaries-'));
  const installation = await startInstallation(dataDir, {
    HOLDFAST_LOG_LEVEL: 'trace',
    // So that groups have histories, too, and log at their own level.
    HOLDFAST_GROUP_THRESHOLD: '1',
    HOLDFAST_SMTP_URL: `smtp://holdfast:${canaries['smtp']}@127.0.0.1:${peers.mails.port}?tls=optional`,
    HOLDFAST_MAIL_FROM: 'Holdfast <noreply@holdfast.example>',
  });
  const { addresses, secrets } = installation;
  const replies: Place[] = [];
  const shown = new Map<string, Place>();
  const callAs =
    (token: string): Call =>
    async (method, path, body, headers = {}) => {
      const response = await fetch(new URL(path, addresses.api), {
        method,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(15_000),
      });
      const text = await response.text();
      const { status } = response;
      const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
      const reply = { name: `${method} ${path} ${status}`, text: `${head}\n\n${text}` };
      replies.push(reply);
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      const answer = { status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
      const { secret, token: made } = answer.body?.data ?? {};
      for (const one of [secret, made]) if (typeof one === 'string') shown.set(one, reply);
      return answer;
    };
  const platform = callAs(secrets.platformToken);
  const { body } = await platform('POST', '/api/tokens', { username: owner, scopes: ownerScopes });
  for (const name of [home, away]) await platform('PUT', `/api/repositories/${owner}/${name}`, {});
  await platform('GET', '/api/tokens');
  return {
    dataDir,
    installation,
    peers,
    replies,
    shown,
    call: callAs(body.data.token),
    settled: () => untilSettled(addresses.databaseUrl),
    stop: async () => {
      if (installation.process.exitCode === null) await installation.end('SIGTERM');
      await peers.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function untilSettled(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await eventually(
      'no delivery is under way',
      async () => {
        const { rows } = await client.query("select id from delivery where state in ('pending', 'waiting')");
        return rows.length === 0 ? true : undefined;
      },
      60_000,
    );
  } finally {
    await client.end();
  }
}

/** A hook, by its numbers in both dialects. */
export interface SceneHook {
  readonly service: string;
  readonly id: string;
  /** Its path in the shape of GitHub. */
  readonly path: string;
}

/** Makes hooks of every service, and finds them in both dialects. */
export async function makeHooks({ call, peers }: Scene): Promise<readonly SceneHook[]> {
  const { port } = peers.receiver;
  const at = (path: string): string => `http://127.0.0.1:${port}/${path}`;
  const { web: secret, hub, slack, discord, irc: password, nickserv, room, email, wrong, bot } = canaries;
  const speak = { server: '127.0.0.1', port: String(peers.irc.port), nickserv_password: nickserv };
  const wanted: readonly (readonly [string, string, object])[] = [
    [home, 'web', { url: at('hook'), content_type: 'json', secret }],
    [home, 'web', { url: at('fails'), content_type: 'form', secret }],
    [home, 'slack', { url: at(`slack/${slack}`), username: 'visible-name' }],
    [home, 'discord', { url: at(`discord/${discord}`) }],
    [home, 'irc', { ...speak, password, room: `#work::${room}, #open` }],
    [home, 'email', { address: 'ann@one.example', secret: email }],
    [away, 'slack', { url: at(`fails/${slack}`) }],
    [away, 'discord', { url: at('hook') }],
    [away, 'email', { address: 'bob@one.example', secret: email }],
    [away, 'irc', { ...speak, password: wrong, room: `work::${room}` }],
  ];
  for (const [name, service, config] of wanted) {
    const made = await call('POST', `/repos/${owner}/${name}/hooks`, { name: service, config });
    assert.equal(made.status, 201, made.text);
  }
  for (const [topic, callback] of [
    [`${home}/events/push.json`, at('hub')],
    [`${away}/events/gollum`, `github://slack?url=${at(`fails/${slack}`)}`],
  ]) {
    const body = new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.topic': `https://forge.example/${owner}/${topic}`,
      'hub.callback': String(callback),
      'hub.secret': String(hub),
    });
    const made = await call('POST', '/hub', body.toString(), {
      'Content-Type': 'application/x-www-form-urlencoded',
    });
    assert.equal(made.status, 204, made.text);
  }
  const hooks: SceneHook[] = [];
  for (const name of [home, away]) {
    const path = `/repos/${owner}/${name}/hooks`;
    const [numbered, named] = [
      await call('GET', path),
      await call('GET', `/api/repositories/${owner}/${name}/webhooks`),
    ];
    for (const [index, { id, service }] of named.body.data.entries())
      hooks.push({ service, id, path: `${path}/${numbered.body[index].id}` });
  }
  for (const { id, service, path } of hooks) {
    const headers = service === 'web' ? { headers: { 'X-Canary': canaries['header'] } } : {};
    const changed = await call('PATCH', `/api/webhooks/${id}`, { schedule: [1], ...headers });
    assert.equal(changed.status, 200, changed.text);
    if (service !== 'discord' || !path.includes(away)) continue;
    // Changed, not made so: a hook is pinged when it is made, and this one's pings would leave the machine.
    const config = { bot_token: bot, channel_id: '7' };
    const turned = await call('PATCH', path, { config, events: ['team_add'] });
    assert.equal(turned.status, 200, turned.text);
  }
  return hooks;
}
