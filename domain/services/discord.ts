/** The service `discord`: posts an embed through an incoming webhook of Discord, or as a bot to a channel. */
import { hookLimits } from '../limits.ts';
import { discordEmbed } from './discord-embed.ts';
import type { HttpMessage, MessageService, SettingProblem, Settings } from './service.ts';
import { textSetting } from './setting-value.ts';
import { checkWebAddress, readWebAddress } from './web-address.ts';

/** The declaration of `discord`. */
export const discord: MessageService = {
  kind: 'message',
  name: 'discord',
  title: 'Discord',
  settings: [
    {
      name: 'url',
      type: 'password',
      longest: hookLimits.urlLength,
      description: 'The address of the webhook; or a bot and its channel in its place.',
    },
    { name: 'bot_token', type: 'password', description: 'The token of the bot to post as.' },
    {
      name: 'channel_id',
      type: 'string',
      longest: 20,
      description: 'The id of the channel that the bot posts to.',
    },
    {
      name: 'username',
      type: 'string',
      longest: 80,
      description: "The name to post as instead of the webhook's own; a bot keeps its name.",
    },
  ],
  supportedEvents: 'all',
  defaultEvents: ['push', 'issues', 'pull_request'],
  check: (settings) => [
    ...checkWay(settings),
    ...checkWebAddress(settings, 'url'),
    ...checkBot(settings),
    ...checkUsername(settings),
  ],
  compose(event, settings) {
    const way = wayOf(settings);
    if (way === undefined)
      return { transport: 'none', reason: 'The hook names neither a webhook nor a bot.' };
    const { username, ...address } = way;
    const post = {
      ...(username === undefined ? {} : { username }),
      // Nobody is called by what strangers write.
      allowed_mentions: { parse: [] },
      embeds: [discordEmbed(event)],
    };
    return { transport: 'http', ...address, contentType: 'application/json', body: JSON.stringify(post) };
  },
};

/** Where to post, and as whom. */
type Way = Pick<HttpMessage, 'url' | 'headers'> & { readonly username?: string | undefined };

function wayOf(settings: Settings): Way | undefined {
  const url = readWebAddress(settings, 'url');
  if (url !== undefined) return { url, headers: {}, username: textSetting(settings, 'username') };
  const token = textSetting(settings, 'bot_token');
  const channel = textSetting(settings, 'channel_id');
  if (token === undefined || channel === undefined) return undefined;
  return {
    url: `https://discord.com/api/v10/channels/${channel}/messages`,
    headers: { Authorization: `Bot ${token}` },
  };
}

function checkWay(settings: Settings): readonly SettingProblem[] {
  const [url, token, channel] = ['url', 'bot_token', 'channel_id'].map((name) => textSetting(settings, name));
  const hasBot = token !== undefined || channel !== undefined;
  if (url === undefined && !hasBot) {
    return [{ setting: 'url', message: 'Either url, or bot_token and channel_id are required' }];
  }
  if (url !== undefined && hasBot) {
    return [{ setting: 'url', message: 'Give either url, or bot_token and channel_id' }];
  }
  if (url !== undefined) return [];
  if (token === undefined) return [{ setting: 'bot_token', message: 'This is required with channel_id' }];
  return channel === undefined ? [{ setting: 'channel_id', message: 'This is required with bot_token' }] : [];
}

function checkBot(settings: Settings): readonly SettingProblem[] {
  const token = textSetting(settings, 'bot_token') ?? 'none';
  const channel = textSetting(settings, 'channel_id') ?? '0';
  return [
    ...(/^[\u0021-\u007e]+$/u.test(token)
      ? []
      : [{ setting: 'bot_token', message: 'A token is printable ASCII without spaces' }]),
    ...(/^[0-9]+$/u.test(channel)
      ? []
      : [{ setting: 'channel_id', message: 'A channel id is digits alone' }]),
  ];
}

/** Discord refuses every message under such a name. */
function checkUsername(settings: Settings): readonly SettingProblem[] {
  return /discord|clyde/iu.test(textSetting(settings, 'username') ?? '')
    ? [{ setting: 'username', message: 'Discord allows no name that holds “discord” or “clyde”' }]
    : [];
}
