/**
 * Makes the embed that Discord shows of an event. Each text keeps Discord's bounds, which refuse a whole message,
 * and what people wrote is not taken for markup.
 */
import { lookOf } from './event-look.ts';
import { firstLine, fitText, plainLines } from './fit-text.ts';
import { readPush, shortHash, titleOfPush, type Push, type PushCommit } from './read-push.ts';
import { readRepository, readSender } from './read-repository.ts';
import { actionOf, readTopic, type Topic } from './read-topic.ts';
import type { ServiceEvent } from './service.ts';
import { tellEvent } from './tell-event.ts';

/**
 * UTF-16 units. Discord allows 256 in a title, 4096 in a description, 1024 in a field and 6000 in all; ours together
 * stay below that.
 */
const longest = { title: 256, description: 3500, field: 250, footer: 256, commit: 150, name: 100 } as const;

const mostCommits = 10;

/** An embed, in Discord's words. */
export interface DiscordEmbed {
  readonly title: string;
  readonly description?: string;
  readonly url?: string;
  readonly color: number;
  readonly fields?: readonly { readonly name: string; readonly value: string; readonly inline: true }[];
  readonly footer?: { readonly text: string };
  /** ISO 8601 */
  readonly timestamp: string;
}

/** The embed of an event, whichever it is. */
export function discordEmbed(event: ServiceEvent): DiscordEmbed {
  return {
    ...contentOf(event),
    ...footerOf(event),
    timestamp: event.acceptedAt,
  };
}

type Content = Omit<DiscordEmbed, 'footer' | 'timestamp'>;

function contentOf(event: ServiceEvent): Content {
  const topic = readTopic(event);
  if (topic !== undefined) return contentOfTopic(topic);
  if (event.name === 'push') return contentOfPush(readPush(event.payload));
  const { headline, text, url } = tellEvent(event);
  const { emoji, colour } = lookOf(event.name === 'ping' ? 'ping' : (actionOf(event.payload) ?? event.name));
  return content({
    title: `${emoji} ${headline}`,
    description: escapeMarkup(plainLines(text ?? ''), longest.description),
    url,
    colour,
  });
}

function footerOf({ payload }: ServiceEvent): Pick<DiscordEmbed, 'footer'> {
  const { isNamed, fullName } = readRepository(payload);
  if (!isNamed) return {};
  return { footer: { text: fitText(`${fullName} · ${readSender(payload)}`, longest.footer) } };
}

function contentOfTopic({ label, action, title, url, state, author }: Topic): Content {
  const { emoji, colour } = lookOf(action);
  const field = (name: string, text: string) =>
    ({ name, value: escapeMarkup(text, longest.field), inline: true }) as const;
  return {
    ...content({
      title: `${emoji} ${label}`,
      description: escapeMarkup(title, longest.description),
      url,
      colour,
    }),
    fields: [field('State', state), field('Author', author)],
  };
}

function contentOfPush(push: Push): Content {
  const { emoji, colour } = lookOf('push');
  const lines = push.commits.slice(0, mostCommits).map(lineOfCommit);
  return content({
    title: `${emoji} ${titleOfPush(push)}`,
    description: lines.join('\n'),
    url: push.url,
    colour,
  });
}

function lineOfCommit({ hash, message, authorName }: PushCommit): string {
  const start = hash === undefined ? '' : `\`${shortHash(hash)}\` `;
  const author = escapeMarkup(authorName, longest.name);
  return `${start}${escapeMarkup(firstLine(message), longest.commit)} – ${author}`;
}

/** Leaves out what Discord would refuse as empty. `title` is plain text, `description` markup. */
function content(parts: {
  readonly title: string;
  readonly description: string;
  readonly url: string | undefined;
  readonly colour: number;
}): Content {
  return {
    title: escapeTitle(parts.title, longest.title),
    ...(parts.description === '' ? {} : { description: parts.description }),
    ...(parts.url === undefined ? {} : { url: parts.url }),
    color: parts.colour,
  };
}

/** What stands for bold, code, links, mentions and the like shows as itself behind a backslash. */
function escapeMarkup(text: string, most: number): string {
  return fitText(text, most, (character) =>
    /[\\*_~`|<>#[\]]/u.test(character) ? `\\${character}` : character,
  );
}

/** The same in a title, which knows no headings: `#12` stays as it is. */
function escapeTitle(text: string, most: number): string {
  return fitText(text, most, (character) =>
    /[\\*_~`|<>[\]]/u.test(character) ? `\\${character}` : character,
  );
}
