/**
 * Writes the lines that are said on IRC of an event. Each fits in a line of the protocol, and none can end it:
 * what people wrote loses its control characters, colours among them.
 */
import { firstLine, fitBytes, utf8Bytes } from './fit-text.ts';
import { hashAt, countAt, partAt, textAt, urlAt } from './payload-reader.ts';
import { countCommits, readPush, shortHash, type Push } from './read-push.ts';
import { readRepository, readSender } from './read-repository.ts';
import { readTopic } from './read-topic.ts';
import type { ServiceEvent } from './service.ts';

/** Bytes of a line: 512 less what a server puts before it, which is seldom more than a hundred. */
const mostLineBytes = 400;

/** Bytes of a name within a line. */
const mostNameBytes = 60;

/** A URL past this is left out. */
const mostUrlBytes = 200;

const mostCommitLines = 3;

/** mIRC's numbers of colours, always two digits: a digit that follows is text then. */
const colours = { repository: '13', person: '15', branch: '06', hash: '14', url: '02' } as const;

type Colour = keyof typeof colours;

/** Puts a text in a colour, or leaves it as it is. */
type Paint = (colour: Colour, text: string) => string;

/** The lines for an event; none for one that is not told on IRC. */
export function ircLines(event: ServiceEvent, options: { readonly colours: boolean }): readonly string[] {
  const paint: Paint = options.colours
    ? (colour, text) => `\u0003${colours[colour]}${text}\u000f`
    : (_, text) => text;
  const { payload } = event;
  const repository = paint('repository', inShort(readRepository(payload).name));
  if (event.name === 'push') return linesOfPush(readPush(payload), repository, paint);
  const said = sentenceOf(event);
  if (said === undefined) return [];
  const person = paint('person', inShort(readSender(payload)));
  return [fitLine(`[${repository}] ${person} ${said.does}`, said.text, said.url, paint)];
}

/** What is said of an event: `opened issue #12`, the title or first line that follows, and where to look. */
interface Sentence {
  readonly does: string;
  readonly text: string;
  readonly url: string | undefined;
}

function sentenceOf(event: ServiceEvent): Sentence | undefined {
  const { payload } = event;
  const topic = readTopic(event);
  if (topic !== undefined) {
    const { action, label, title, url } = topic;
    return { does: `${action} ${label.toLowerCase()}: `, text: title, url };
  }
  const subject = commentedIn(event);
  if (subject === undefined) return undefined;
  return {
    does: `commented on ${subject}: `,
    text: firstLine(textAt(payload, 'comment', 'body') ?? ''),
    url: urlAt(payload, 'comment', 'html_url'),
  };
}

function commentedIn({ name, payload }: ServiceEvent): string | undefined {
  switch (name) {
    case 'commit_comment': {
      const hash = hashAt(payload, 'comment', 'commit_id');
      return hash === undefined ? 'a commit' : `commit ${shortHash(hash)}`;
    }
    case 'issue_comment': {
      const isPull = partAt(payload, 'issue', 'pull_request') !== undefined;
      return numbered(isPull ? 'pull request' : 'issue', countAt(payload, 'issue', 'number'));
    }
    case 'pull_request_review_comment':
      return numbered('pull request', countAt(payload, 'pull_request', 'number'));
    default:
      return undefined;
  }
}

function numbered(noun: string, number: number | undefined): string {
  return number === undefined ? noun : `${noun} #${number}`;
}

function linesOfPush(push: Push, repository: string, paint: Paint): readonly string[] {
  const name = inShort(push.name);
  const branch = paint('branch', name);
  const person = paint('person', inShort(push.pusher));
  const commits = push.commits.slice(0, mostCommitLines);
  return [
    fitLine(`[${repository}] ${person} ${pushed(push, branch)}`, '', push.url, paint),
    ...commits.map(({ hash, authorName, message }) => {
      const short = hash === undefined ? '' : ` ${paint('hash', shortHash(hash))}`;
      const author = paint('person', inShort(authorName));
      return fitLine(`${repository}/${branch}${short} ${author}: `, firstLine(message), undefined, paint);
    }),
  ];
}

function pushed({ kind, created, deleted, commitCount }: Push, branch: string): string {
  if (deleted) return `deleted ${kind} ${branch}: `;
  const commits = countCommits(commitCount, 'new ');
  if (created) return `created ${kind} ${branch}${commitCount === 0 ? '' : ` with ${commits}`}: `;
  return commitCount === 0 ? `updated ${kind} ${branch}: ` : `pushed ${commits} to ${branch}: `;
}

/** A line of which only `text` gives way: its beginning and the URL at its end stay whole. */
function fitLine(start: string, text: string, url: string | undefined, paint: Paint): string {
  const end = url === undefined || utf8Bytes(url) > mostUrlBytes ? '' : paint('url', url);
  const gap = text === '' || end === '' ? '' : ' ';
  const room = mostLineBytes - utf8Bytes(start) - utf8Bytes(gap) - utf8Bytes(end);
  const line = `${start}${room < 3 ? '' : fitBytes(text, room)}${gap}${end}`;
  return line.replace(/: $/u, '');
}

function inShort(name: string): string {
  return fitBytes(name, mostNameBytes);
}
