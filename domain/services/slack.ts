/** The service `slack`: posts to an incoming webhook of Slack, or of what speaks its language. */
import { hookLimits } from '../limits.ts';
import { lookOf } from './event-look.ts';
import { firstLine, fitText, oneLine, plainLines } from './fit-text.ts';
import { readPush, shortHash, titleOfPush, type Push } from './read-push.ts';
import { readRepository } from './read-repository.ts';
import { actionOf, readTopic } from './read-topic.ts';
import type { MessageService, ServiceEvent } from './service.ts';
import { textSetting } from './setting-value.ts';
import { tellEvent } from './tell-event.ts';
import { checkWebAddress, readWebAddress } from './web-address.ts';

/** UTF-16 units; Slack folds or cuts what is longer. */
const longest = { text: 400, title: 300, body: 3000, commit: 200 } as const;

const mostCommits = 10;

/** The declaration of `slack`. */
export const slack: MessageService = {
  kind: 'message',
  name: 'slack',
  title: 'Slack',
  settings: [
    {
      name: 'url',
      type: 'password',
      required: true,
      longest: hookLimits.urlLength,
      description: 'The address of the incoming webhook.',
    },
    {
      name: 'channel',
      type: 'string',
      longest: 80,
      description: "Where to post instead of the webhook's own channel, for webhooks that allow it.",
    },
    {
      name: 'username',
      type: 'string',
      longest: 80,
      description: "The name to post as instead of the webhook's own, for webhooks that allow it.",
    },
  ],
  supportedEvents: 'all',
  defaultEvents: ['push', 'issues', 'pull_request'],
  check: (settings) => checkWebAddress(settings, 'url'),
  compose(event, settings) {
    const url = readWebAddress(settings, 'url');
    if (url === undefined) return { transport: 'none', reason: 'The hook has no address of a webhook.' };
    const channel = textSetting(settings, 'channel');
    const username = textSetting(settings, 'username');
    const post = {
      ...(channel === undefined ? {} : { channel }),
      ...(username === undefined ? {} : { username }),
      mrkdwn: false,
      ...postOf(event),
    };
    return {
      transport: 'http',
      url,
      headers: {},
      contentType: 'application/json',
      body: JSON.stringify(post),
    };
  },
};

/** What Slack shows beside a bar in a colour. `mrkdwn_in` is empty: what people wrote is not markup. */
interface Attachment {
  readonly title: string;
  readonly title_link?: string;
  readonly text: string;
  readonly color: string;
  readonly mrkdwn_in: readonly [];
}

interface Post {
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

function postOf(event: ServiceEvent): Post {
  const { payload } = event;
  const { fullName: repository, isNamed } = readRepository(payload);
  const topic = readTopic(event);
  if (topic !== undefined) {
    const { label, action, title, body, url } = topic;
    return {
      text: escapeText(`${repository}: ${action}`, longest.text),
      attachments: [attach(action, `${label}: ${title}`, plainLines(body ?? ''), url)],
    };
  }
  if (event.name === 'push') return postOfPush(repository, readPush(payload));
  const { headline, text, url } = tellEvent(event);
  if (event.name === 'ping') {
    return {
      text: escapeText(isNamed ? `${repository}: ${headline}` : headline, longest.text),
      attachments: [],
    };
  }
  const action = actionOf(payload);
  const happened = action === undefined ? event.name : `${event.name} ${action}`;
  return {
    text: escapeText(`${repository}: ${oneLine(happened)}`, longest.text),
    attachments: [attach(action ?? event.name, headline, plainLines(text ?? ''), url)],
  };
}

function postOfPush(repository: string, push: Push): Post {
  const lines = push.commits.slice(0, mostCommits).map(({ hash, message, authorName }) => {
    const line = `${firstLine(message)} (${authorName})`;
    return fitText(hash === undefined ? line : `${shortHash(hash)} ${line}`, longest.commit);
  });
  return {
    text: escapeText(`${repository}: push`, longest.text),
    attachments: [attach('push', titleOfPush(push), lines.join('\n'), push.url)],
  };
}

function attach(action: string, title: string, text: string, url: string | undefined): Attachment {
  return {
    title: escapeText(title, longest.title),
    ...(url === undefined ? {} : { title_link: url }),
    text: escapeText(text, longest.body),
    color: `#${lookOf(action).colour.toString(16).padStart(6, '0')}`,
    mrkdwn_in: [],
  };
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The three characters that make links and mentions in Slack; without them nothing a person wrote is either. */
function escapeText(text: string, most: number): string {
  return fitText(text, most, (character) => escapes[character] ?? character);
}
