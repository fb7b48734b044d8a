/** Writes the headline and the plain text of a mail. Bounded, whatever a push holds. */
import { fitBytes, firstLine, plainLines, utf8Bytes } from './fit-text.ts';
import { countCommits, readPush, shortHash, titleOfPush, type Push, type PushCommit } from './read-push.ts';
import { readRepository, readSender } from './read-repository.ts';

/** Bytes of a mail's text; what a push has beyond them is counted, not shown. */
const mostTextBytes = 256 * 1024;

/** Bytes of what is said of one commit, and of its message in there. */
const mostCommitBytes = 16 * 1024;
const mostMessageBytes = 8 * 1024;

/** What a mail says. */
export interface MailText {
  /** What the subject says behind the repository, in one line; not bounded. */
  readonly headline: string;
  readonly text: string;
  readonly author?: { readonly name: string; readonly address: string | undefined };
}

/** The mail of a push: its branch and home page, and every commit with its changed paths. */
export function mailOfPush(payload: unknown): MailText {
  const push = readPush(payload);
  const { head } = push;
  return {
    headline: headlineOf(push),
    text: textOfPush(push, readRepository(payload).url),
    ...(head === undefined ? {} : { author: { name: head.authorName, address: head.authorAddress } }),
  };
}

/** The mail of a repository that became public. */
export function mailOfPublic(payload: unknown): MailText {
  const { fullName, url } = readRepository(payload);
  const lines = [`${fullName} was made public by ${readSender(payload)}.`, ...homeLine(url)];
  return { headline: 'is now public', text: `${lines.join('\n')}\n` };
}

function headlineOf(push: Push): string {
  if (push.commitCount === 0 || push.head === undefined) return titleOfPush(push);
  const { hash, message } = push.head;
  const line = firstLine(message);
  const what = line === '' ? titleOfPush(push) : line;
  return hash === undefined ? what : `${shortHash(hash)}: ${what}`;
}

function textOfPush(push: Push, home: string | undefined): string {
  const head = [
    `Branch: ${fitBytes(push.ref, 1024)}`,
    ...homeLine(home),
    ...(push.url === undefined ? [] : [`Change: ${push.url}`]),
    `Pushed: ${countCommits(push.commitCount)} by ${fitBytes(push.pusher, 1024)}`,
  ];
  let text = `${head.join('\n')}\n`;
  let bytes = utf8Bytes(text);
  let shown = 0;
  for (const commit of push.commits) {
    const section = `\n${fitBytes(textOfCommit(commit), mostCommitBytes)}\n`;
    bytes += utf8Bytes(section);
    if (bytes > mostTextBytes - 100) break;
    text += section;
    shown += 1;
  }
  const left = push.commitCount - shown;
  return left === 0 ? text : `${text}\n… and ${countCommits(left, 'more ')}\n`;
}

function homeLine(url: string | undefined): readonly string[] {
  return url === undefined ? [] : [`Home:   ${url}`];
}

function textOfCommit(commit: PushCommit): string {
  const address = commit.authorAddress === undefined ? '' : ` <${commit.authorAddress}>`;
  const lines = [
    `Commit: ${commit.hash ?? 'unknown'}`,
    ...(commit.url === undefined ? [] : [`        ${commit.url}`]),
    `Author: ${commit.authorName}${address}`,
    ...(commit.timestamp === undefined ? [] : [`Date:   ${commit.timestamp}`]),
    '',
    ...fitBytes(plainLines(commit.message), mostMessageBytes)
      .split('\n')
      .map((line) => `    ${line}`.trimEnd()),
    ...(commit.changes.length === 0
      ? []
      : ['', 'Changed paths:', ...commit.changes.map((change) => `  ${change}`)]),
  ];
  return lines.join('\n');
}
