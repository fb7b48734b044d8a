import assert from 'node:assert/strict';
import { irc } from '#domain/services/irc.ts';
import { readSettings } from '#domain/services/read-settings.ts';
import type { IrcMessage, OutgoingMessage, ServiceEvent } from '#domain/services/service.ts';
import {
  makeComment,
  makeCommit,
  makeEvent,
  makeIssue,
  makePullRequest,
  makePush,
  noCommit,
} from './sample-events.ts';

const place = { server: 'irc.example', room: 'dev' };

function compose(event: ServiceEvent, given: Readonly<Record<string, unknown>> = {}): OutgoingMessage {
  const reading = readSettings(irc, { ...place, no_colors: true, ...given });
  assert.ok('settings' in reading, JSON.stringify(reading));
  return irc.compose(event, reading.settings);
}

function speak(event: ServiceEvent, given: Readonly<Record<string, unknown>> = {}): IrcMessage {
  const message = compose(event, given);
  assert.equal(message.transport, 'irc');
  return message;
}

function problems(given: Readonly<Record<string, unknown>>): readonly string[] {
  const reading = readSettings(irc, { ...place, ...given });
  return 'problems' in reading ? reading.problems.map(({ setting }) => setting) : [];
}

describe('the service irc', () => {
  it('sums up a push and shows three of its commits', () => {
    const commits = ['a', 'b', 'c', 'd'].map((digit) => makeCommit(digit, `Change ${digit}\n\nmore`));

    const { lines } = speak(makePush(commits));

    assert.deepEqual(lines, [
      '[site] ada pushed 4 new commits to main: https://git.example/acme/site/compare/f...e',
      'site/main aaaaaaa Ada Lovelace: Change a',
      'site/main bbbbbbb Ada Lovelace: Change b',
      'site/main ccccccc Ada Lovelace: Change c',
    ]);
  });

  it('says one commit in the singular', () => {
    assert.match(
      speak(makePush([makeCommit('a', 'x')])).lines[0] ?? '',
      /pushed 1 new commit to main: https/u,
    );
  });

  it('says that a branch or tag came or went', () => {
    const tag = { ref: 'refs/tags/v1', before: noCommit, compare: null };
    const firstLines = [
      makePush([], { before: noCommit, compare: null }),
      makePush([makeCommit('a', 'x')], { before: noCommit, compare: null }),
      makePush([], { after: noCommit, compare: null }),
      makePush([], tag),
      makePush([], { compare: null }),
    ].map((event) => speak(event).lines[0]);

    assert.deepEqual(firstLines, [
      '[site] ada created branch main',
      '[site] ada created branch main with 1 new commit',
      '[site] ada deleted branch main',
      '[site] ada created tag v1',
      '[site] ada updated branch main',
    ]);
  });

  it('says everything else in one line', () => {
    const lines = [
      makeIssue('opened'),
      makePullRequest('closed', true),
      makeComment('issue_comment', { issue: { number: 12 } }),
      makeComment('commit_comment', {}),
      makeComment('pull_request_review_comment', { pull_request: { number: 7 } }),
    ].map((event) => speak(event).lines);

    const comment = 'Looks right https://git.example/acme/site/comment/3';
    assert.deepEqual(lines, [
      ['[site] ada opened issue #12: It breaks https://git.example/acme/site/issues/12'],
      ['[site] ada merged pull request #7: Mend it https://git.example/acme/site/pull/7'],
      [`[site] ada commented on issue #12: ${comment}`],
      [`[site] ada commented on commit ccccccc: ${comment}`],
      [`[site] ada commented on pull request #7: ${comment}`],
    ]);
  });

  it('speaks in colours unless told not to, of its own alone', () => {
    const event = makeIssue('opened', { title: 'a\u000304red\u000f\u0002b' });

    const [coloured] = speak(event, { no_colors: false }).lines;
    const [plain] = speak(event).lines;

    const start = '[\u000313site\u000f] \u000315ada\u000f opened issue #12: a 04red b \u000302https:';
    assert.equal(coloured?.slice(0, start.length), start);
    assert.doesNotMatch(plain ?? '', /\p{Cc}/u);
  });

  it('cuts what people wrote and keeps the URL', () => {
    const [line] = speak(makeIssue('opened', { title: 'ä'.repeat(1000) })).lines;

    assert.match(
      line ?? '',
      /^\[site\] ada opened issue #12: ä+… https:\/\/git\.example\/acme\/site\/issues\/12$/u,
    );
    assert.ok(Buffer.byteLength(line ?? '') <= 400);
  });

  it('tells pushes to the branches of its settings alone', () => {
    const toMain = makePush([makeCommit('a', 'x')]);
    const toTag = makePush([], { ref: 'refs/tags/main' });

    for (const branches of ['main', 'release, main', 'release main', ',main,']) {
      assert.equal(compose(toMain, { branches }).transport, 'irc', branches);
    }
    for (const branches of ['release', 'mai', 'main2', 'Main']) {
      assert.deepEqual(compose(toMain, { branches }), {
        transport: 'none',
        reason: 'The push is to none of the branches that the hook names.',
      });
    }
    assert.equal(compose(toTag, { branches: 'main' }).transport, 'none');
    assert.equal(compose(makeIssue('opened'), { branches: 'release' }).transport, 'irc');
  });

  it('is silent about events that it does not support, pings among them', () => {
    for (const name of ['ping', 'watch', 'constructor']) {
      assert.deepEqual(compose(makeEvent(name)), {
        transport: 'none',
        reason: `The event ${name} is not told on IRC.`,
      });
    }
  });

  it('goes where its settings say, as they say', () => {
    const message = speak(makeIssue('opened'), {
      server: 'IRC.Example',
      room: ' dev, #ops::pass,word , &local ',
      nick: 'site-bot',
      password: 'open',
      nickserv_password: 'sesame',
      ssl: '1',
      message_without_join: true,
      long_url: true,
      notice: true,
    });

    assert.deepEqual(
      { ...message, lines: message.lines.length },
      {
        transport: 'irc',
        server: 'irc.example',
        port: 6697,
        secure: true,
        nick: 'site-bot',
        password: 'open',
        nickservPassword: 'sesame',
        rooms: [{ name: '#dev' }, { name: '#ops', key: 'pass' }, { name: '#word' }, { name: '&local' }],
        join: false,
        notice: true,
        lines: 1,
      },
    );
  });

  it('speaks without TLS, as Holdfast, in messages, from within the room unless told otherwise', () => {
    const { port, secure, nick, join, notice, password } = speak(makeIssue('opened'));

    assert.deepEqual(
      [port, secure, nick, join, notice, password],
      [6667, false, 'Holdfast', true, false, undefined],
    );
    assert.equal(speak(makeIssue('opened'), { port: '7000', ssl: true }).port, 7000);
  });

  it('reads every spelling of a host as the one that is connected to', () => {
    for (const [server, host] of [
      ['0x7f.1', '127.0.0.1'],
      ['2001:DB8::1', '2001:db8::1'],
      ['bücher.example', 'xn--bcher-kva.example'],
    ] as const) {
      assert.equal(speak(makeIssue('opened'), { server }).server, host);
    }
  });

  it('refuses a place that cannot be', () => {
    for (const server of [
      'irc://irc.example',
      'a b',
      'a@b',
      'a/b',
      'a:6667',
      '[::1]',
      'a..b',
      'irc.example.',
      '?',
      'x'.repeat(254),
    ]) {
      assert.deepEqual(problems({ server }), ['server'], server);
    }
    for (const port of ['0', '65536', '-1', '6667x', '0x1', '1e3', '6 7']) {
      assert.deepEqual(problems({ port }), ['port'], port);
    }
    for (const room of [',', '#', '#a b', 'a:b', '#dev::', '#dev:::key', '#dev::a b', 'x'.repeat(64)]) {
      assert.deepEqual(problems({ room }), ['room'], room);
    }
    assert.deepEqual(problems({ room: Array.from({ length: 11 }, (_, index) => `r${index}`).join() }), [
      'room',
    ]);
    assert.deepEqual(problems({ server: undefined, room: undefined }), ['server', 'room']);
  });

  it('refuses names and passwords that would end a word', () => {
    for (const nick of ['1bot', '-bot', 'a b', 'a!b', 'ä', 'x'.repeat(31)]) {
      assert.deepEqual(problems({ nick }), ['nick'], nick);
    }
    for (const password of ['a b', 'a\r\nQUIT', 'a\0', '\u00a0']) {
      assert.deepEqual(problems({ password }), ['password'], password);
      assert.deepEqual(problems({ nickserv_password: password }), ['nickserv_password'], password);
    }
  });
});
