/** The service `irc`: says what happens in rooms of an IRC server. */
import { ircLines } from './irc-lines.ts';
import { readHost } from './host-name.ts';
import { readRooms, roomKeys } from './irc-rooms.ts';
import { readPush } from './read-push.ts';
import type {
  IrcMessage,
  MessageService,
  NoMessage,
  ServiceEvent,
  SettingProblem,
  Settings,
} from './service.ts';
import { flagSetting, textSetting } from './setting-value.ts';

const standardNick = 'Holdfast';

/** The ports that IRC is spoken on unless a hook says otherwise. */
const standardPorts = { plain: 6667, secure: 6697 } as const;

/** The declaration of `irc`. */
export const irc: MessageService = {
  kind: 'message',
  name: 'irc',
  title: 'IRC',
  settings: [
    {
      name: 'server',
      type: 'string',
      required: true,
      description: 'The host name or address of the server.',
    },
    { name: 'port', type: 'string', description: 'Its port; 6667 if not set, 6697 with `ssl`.' },
    {
      name: 'room',
      type: 'string',
      required: true,
      longest: 1500,
      secretPart: roomKeys,
      description: 'The rooms, separated by commas: `dev, #ops::password`. A missing `#` is added.',
    },
    {
      name: 'nick',
      type: 'string',
      longest: 30,
      description: 'The nick to speak as; `Holdfast` if not set.',
    },
    { name: 'password', type: 'password', description: "The server's password." },
    {
      name: 'nickserv_password',
      type: 'password',
      description: 'The password that NickServ knows the nick by.',
    },
    { name: 'ssl', type: 'boolean', description: 'True to speak through TLS.' },
    {
      name: 'message_without_join',
      type: 'boolean',
      description: 'True to speak without entering the room, which the room must allow.',
    },
    { name: 'no_colors', type: 'boolean', description: 'True for plain lines.' },
    {
      name: 'long_url',
      type: 'boolean',
      description: 'True to ask for URLs that are not shortened. Holdfast never shortens one.',
    },
    { name: 'notice', type: 'boolean', description: 'True to speak in notices, which no bot answers.' },
    {
      name: 'branches',
      type: 'string',
      longest: 1000,
      description: 'The branches whose pushes are told, separated by commas or spaces; all if not set.',
    },
  ],
  supportedEvents: [
    'push',
    'issues',
    'pull_request',
    'commit_comment',
    'pull_request_review_comment',
    'issue_comment',
  ],
  defaultEvents: ['push', 'pull_request'],
  check: (settings) => [
    ...problem('server', hostOf(settings) === undefined, 'This is not a host name or address'),
    ...problem('port', portOf(settings) === undefined, 'A port is a number from 1 to 65535'),
    ...checkRoom(settings),
    ...problem(
      'nick',
      !isNick(nickOf(settings)),
      'A nick is letters, digits and []\\`_^{|}-, no digit or - first',
    ),
    ...['password', 'nickserv_password'].flatMap((name) =>
      problem(name, /\s/u.test(textSetting(settings, name) ?? ''), 'A password has no spaces on IRC'),
    ),
  ],
  compose(event, settings) {
    const reason = findReasonForSilence(event, settings);
    if (reason !== undefined) return reason;
    const lines = ircLines(event, { colours: !flagSetting(settings, 'no_colors') });
    return lines.length === 0
      ? silence(`The event ${event.name} is not told on IRC.`)
      : speak(settings, lines);
  },
};

function problem(setting: string, isWrong: boolean, message: string): readonly SettingProblem[] {
  return isWrong ? [{ setting, message }] : [];
}

function hostOf(settings: Settings): string | undefined {
  return readHost(textSetting(settings, 'server') ?? '');
}

function portOf(settings: Settings): number | undefined {
  const text = textSetting(settings, 'port');
  if (text === undefined) return flagSetting(settings, 'ssl') ? standardPorts.secure : standardPorts.plain;
  const port = /^[0-9]{1,5}$/u.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function checkRoom(settings: Settings): readonly SettingProblem[] {
  const reading = readRooms(textSetting(settings, 'room') ?? '');
  return 'message' in reading ? [{ setting: 'room', message: reading.message }] : [];
}

function nickOf(settings: Settings): string {
  return textSetting(settings, 'nick') ?? standardNick;
}

/** RFC 2812 §2.3.1, without its bound of nine characters, which no server keeps to. */
function isNick(text: string): boolean {
  return /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]*$/u.test(text);
}

function findReasonForSilence(event: ServiceEvent, settings: Settings): NoMessage | undefined {
  const branches = textSetting(settings, 'branches')
    ?.split(/[\s,]+/u)
    .filter((name) => name !== '');
  if (event.name !== 'push' || branches === undefined || branches.length === 0) return undefined;
  const { kind, name } = readPush(event.payload);
  return kind === 'branch' && branches.includes(name)
    ? undefined
    : silence('The push is to none of the branches that the hook names.');
}

function silence(reason: string): NoMessage {
  return { transport: 'none', reason };
}

function speak(settings: Settings, lines: readonly string[]): IrcMessage | NoMessage {
  const server = hostOf(settings);
  const port = portOf(settings);
  const reading = readRooms(textSetting(settings, 'room') ?? '');
  if (server === undefined || port === undefined || 'message' in reading) {
    return silence('The hook names no server and room.');
  }
  const password = textSetting(settings, 'password');
  const nickservPassword = textSetting(settings, 'nickserv_password');
  return {
    transport: 'irc',
    server,
    port,
    secure: flagSetting(settings, 'ssl'),
    nick: nickOf(settings),
    ...(password === undefined ? {} : { password }),
    ...(nickservPassword === undefined ? {} : { nickservPassword }),
    rooms: reading.rooms,
    join: !flagSetting(settings, 'message_without_join'),
    notice: flagSetting(settings, 'notice'),
    lines,
  };
}
