import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { githubEvents } from '#domain/services/event-names.ts';
import { secretSettings } from '#domain/services/mask-settings.ts';
import { readSettings } from '#domain/services/read-settings.ts';
import { services } from '#domain/services/registry.ts';
import type {
  HttpMessage,
  IrcMessage,
  MailMessage,
  MessageService,
  OutgoingMessage,
  ServiceEvent,
  Settings,
} from '#domain/services/service.ts';

/** What could end a line, or a command, of a protocol of lines. */
const lineEnd = /[\r\n\0]/u;

const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    'a\r\nQUIT :b',
    '\0',
    '\ud800',
    '\u0001\u0002',
    '\u2028',
    '\\'.repeat(5000),
    '<!channel>&*_`|[]',
    'ä'.repeat(5000),
    '0'.repeat(40),
    'abcdef1'.repeat(5),
    'refs/heads/main',
    'refs/tags/\nv1',
    `https://git.example/${'x'.repeat(1900)}`,
    'javascript:alert(1)',
    'opened',
    'closed',
    'a@b.c',
    'a@b.c\r\nBcc: d@e.f',
  ),
);

/** A value where a payload usually has one: as a rule a text, now and then anything. */
const leaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.jsonValue() },
);

const partOf = (...names: readonly string[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record(Object.fromEntries(names.map((name) => [name, leaf])), { requiredKeys: [] }),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );

const person = partOf('login', 'name', 'email', 'username');
const commit = fc.record(
  {
    id: leaf,
    message: leaf,
    timestamp: leaf,
    url: leaf,
    author: person,
    added: fc.array(leaf, { maxLength: 3 }),
    modified: leaf,
    removed: leaf,
  },
  { requiredKeys: [] },
);
const topic = fc.record(
  {
    number: leaf,
    title: leaf,
    body: leaf,
    state: leaf,
    merged: leaf,
    html_url: leaf,
    user: person,
    pull_request: leaf,
  },
  { requiredKeys: [] },
);

/** Payloads that look like one at every point that a service reads, with strangers' values in them. */
const shapedPayload = fc.record(
  {
    action: leaf,
    number: leaf,
    repository: partOf('name', 'full_name', 'html_url'),
    sender: person,
    pusher: person,
    ref: leaf,
    ref_type: leaf,
    before: leaf,
    after: leaf,
    created: leaf,
    deleted: leaf,
    size: leaf,
    compare: leaf,
    commits: fc.oneof(fc.array(fc.oneof(commit, leaf), { maxLength: 12 }), leaf),
    head_commit: fc.oneof(commit, leaf),
    issue: topic,
    pull_request: topic,
    comment: partOf('body', 'html_url', 'commit_id'),
    release: partOf('name', 'tag_name', 'body', 'html_url'),
    forkee: partOf('full_name', 'html_url'),
    member: person,
    pages: fc.array(partOf('title', 'action', 'summary', 'html_url'), { maxLength: 2 }),
    deployment: partOf('environment', 'description'),
    deployment_status: partOf('state', 'description', 'target_url'),
    build: partOf('status', 'error'),
    team: partOf('name'),
    context: leaf,
    sha: leaf,
    state: leaf,
  },
  { requiredKeys: [] },
);

const anyEvent: fc.Arbitrary<ServiceEvent> = fc.record({
  name: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('push', 'issues', 'pull_request', 'public') },
    { weight: 2, arbitrary: fc.constantFrom(...githubEvents, 'ping', 'star', 'commit', '__proto__') },
  ),
  payload: fc.oneof({ weight: 4, arbitrary: shapedPayload }, { weight: 1, arbitrary: fc.jsonValue() }),
  deliveryId: fc.uuid(),
  acceptedAt: fc.constant('2026-11-22T10:00:00.000Z'),
});

/** Plausible values for each setting, told by its name; and anything, of which `readSettings` takes what it may. */
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  url: fc.constantFrom('https://hooks.example/hidden-url', 'http://[2606:4700::1]:8080/hidden-url?a=b'),
  address: fc.constantFrom('a@b.c', 'a@b.c d@e.f'),
  server: fc.constantFrom('irc.example', '::1'),
  port: fc.constantFrom('6667', 1),
  room: fc.constantFrom('dev', '#a,b::hidden-key'),
  nick: fc.constantFrom('bot', '[x]'),
  channel_id: fc.constant('42'),
  branches: fc.constantFrom('main', 'a b,c'),
};

const anySettings = (service: MessageService): fc.Arbitrary<Settings> =>
  fc
    .record(
      Object.fromEntries(
        service.settings.map(({ name, type }) => {
          const secret = fc.uuid().map((id) => `hidden-${id}`);
          const usual =
            values[name] ?? (type === 'boolean' ? fc.boolean() : type === 'password' ? secret : fc.string());
          return [name, fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: hostileText })];
        }),
      ),
      { requiredKeys: service.settings.filter(({ required }) => required).map(({ name }) => name) },
    )
    .map((given) => readSettings(service, given))
    .filter((reading) => 'settings' in reading)
    .map(({ settings }) => settings);

function messagesOf(name: string, check: (message: OutgoingMessage, settings: Settings) => void): void {
  const service = services.find((candidate) => candidate.name === name);
  assert.ok(service?.kind === 'message');
  fc.assert(
    fc.property(anyEvent, anySettings(service), (event, settings) => {
      const message = service.compose(event, settings);

      check(message, settings);
      assert.deepEqual(service.compose(event, settings), message);
    }),
    { numRuns: 500 },
  );
}

function assertKeepsSecrets(shown: string, service: string, settings: Settings): void {
  const declaration = services.find(({ name }) => name === service);
  assert.ok(declaration !== undefined);
  for (const name of secretSettings(declaration)) {
    const secret = settings[name];
    if (typeof secret === 'string' && secret.includes('hidden-')) assert.ok(!shown.includes(secret), name);
  }
}

function assertOneLineEach(texts: readonly (string | undefined)[]): void {
  for (const text of texts) assert.doesNotMatch(text ?? '', lineEnd);
}

interface Embed {
  readonly title: string;
  readonly description?: string;
  readonly url?: string;
  readonly fields?: readonly { readonly name: string; readonly value: string }[];
  readonly footer?: { readonly text: string };
}

function readPost(message: OutgoingMessage): { readonly http: HttpMessage; readonly post: unknown } {
  assert.ok(message.transport === 'http');
  assert.ok(message.body.isWellFormed());
  return { http: message, post: JSON.parse(message.body) };
}

describe('whatever a payload holds', () => {
  it('discord gets an embed within its bounds', () => {
    messagesOf('discord', (message, settings) => {
      const { http, post } = readPost(message);
      const { embeds, username } = post as { readonly embeds: readonly Embed[]; readonly username?: string };
      const [embed] = embeds;
      assert.ok(embed !== undefined);
      const fields = embed.fields ?? [];
      const texts = [embed.title, embed.description, embed.footer?.text].map((text) => text ?? '');
      const all = [...texts, ...fields.flatMap(({ name, value }) => [name, value])];
      assert.ok(embed.title.trim() !== '' && embed.title.length <= 256);
      assert.ok((embed.description ?? 'x').length >= 1 && (embed.description ?? '').length <= 4096);
      assert.ok((embed.footer?.text ?? '').length <= 2048);
      assert.ok(fields.length <= 25);
      for (const { value } of fields)
        assert.ok(value.trim() !== '' && value.length <= 1024 && !/\p{Cc}/u.test(value));
      assert.ok(all.join('').length <= 6000);
      assert.ok(embed.url === undefined || /^https?:\/\/\S{1,2048}$/u.test(embed.url));
      assert.ok(username === undefined || username.length <= 80);
      assertOneLineEach([http.url, ...Object.values(http.headers)]);
      assertKeepsSecrets(http.body, 'discord', settings);
    });
  });

  it('slack gets a post that mentions nobody', () => {
    messagesOf('slack', (message, settings) => {
      const { http, post } = readPost(message);
      const { text, attachments } = post as {
        readonly text: string;
        readonly attachments: readonly { readonly title: string; readonly text: string }[];
      };
      assert.ok(text.length <= 400 && attachments.length <= 1);
      for (const shown of [
        text,
        ...attachments.flatMap((attachment) => [attachment.title, attachment.text]),
      ]) {
        assert.doesNotMatch(shown, /[<>]|&(?!amp;|lt;|gt;)/u);
        assert.ok(shown.length <= 3000);
      }
      assertKeepsSecrets(http.body, 'slack', settings);
    });
  });

  it('irc gets lines of the protocol, and no word of a setting that is more than one', () => {
    messagesOf('irc', (message, settings) => {
      if (message.transport === 'none') return;
      const { server, nick, rooms, lines, password, nickservPassword } = message as IrcMessage;
      assert.ok(lines.length >= 1 && lines.length <= 4);
      for (const line of lines) {
        assert.doesNotMatch(line.replaceAll('\u0003', '').replaceAll('\u000f', ''), /\p{Cc}/u);
        assert.ok(line.trim() !== '' && Buffer.byteLength(line) <= 400, line);
      }
      const words = [
        server,
        nick,
        password,
        nickservPassword,
        ...rooms.flatMap(({ name, key }) => [name, key]),
      ];
      for (const word of words) assert.doesNotMatch(word ?? '', /[\s\p{Cc}]/u);
      assert.ok(rooms.every(({ name }) => /^[#&][^,]+$/u.test(name)));
      assertKeepsSecrets(lines.join('\n'), 'irc', settings);
    });
  });

  it('email gets headers that end no line, and a text within its bounds', () => {
    messagesOf('email', (message, settings) => {
      if (message.transport === 'none') return;
      const { recipients, subject, senderName, replyTo, approved, messageId, threadId, text } =
        message as MailMessage;
      assertOneLineEach([...recipients, subject, senderName, replyTo, approved, messageId, threadId]);
      assert.ok(recipients.length >= 1 && recipients.length <= 2);
      assert.ok(subject.length <= 200 && (senderName ?? '').length <= 100);
      assert.match(messageId, /^[A-Za-z0-9_-]{1,180}$/u);
      assert.match(threadId, /^[A-Za-z0-9_-]{1,180}$/u);
      assert.doesNotMatch(text, /(?![\t\n])\p{Cc}/u);
      assert.ok(text.isWellFormed() && Buffer.byteLength(text) <= 256 * 1024);
      assertKeepsSecrets(`${subject}${text}`, 'email', settings);
    });
  });
});
