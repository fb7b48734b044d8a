import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { assertNever } from '#domain/assert-never.ts';
import { readSettings } from '#domain/services/read-settings.ts';
import { services, supportedEvents } from '#domain/services/registry.ts';
import type { MessageService, ServiceDeclaration, Settings } from '#domain/services/service.ts';
import { makeCommit, makeIssue, makePush } from './sample-events.ts';

function readPage({ name }: ServiceDeclaration): Promise<string> {
  return readFile(fileURLToPath(new URL(`../../../docs/services/${name}.md`, import.meta.url)), 'utf8');
}

/** What stands below a heading, as far as the next. */
function sectionOf(page: string, heading: string): string {
  const section = new RegExp(`^## ${heading}\n(.*?)(?=^## |$(?![^]))`, 'msu').exec(page)?.[1];
  assert.ok(section !== undefined, `The page has no section “${heading}”`);
  return section;
}

/** The rows of the first table, without its head. */
function rowsOf(section: string): readonly (readonly string[])[] {
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** The events behind `- Supported:` or `- Default:`. */
function eventsOf(section: string, label: string): string {
  const events = new RegExp(`^- ${label}: (.*)$`, 'mu').exec(section)?.[1];
  assert.ok(events !== undefined, `The page does not say “${label}”`);
  return events;
}

const quote = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

interface Request {
  readonly name: string;
  readonly events?: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

/** The bodies of the requests that a section shows. */
function requestsOf(section: string): readonly Request[] {
  return [...section.matchAll(/-d '([^']*)'/gu)].map(([, json]) => JSON.parse(json ?? '') as Request);
}

/** The text of the message that a page shows: of an issue where a service takes one as a POST, of a push elsewhere. */
function composeExample(service: MessageService, settings: Settings): string {
  const push = makePush([makeCommit('a', 'Mend the door'), makeCommit('b', 'Oil the hinge')]);
  const ofIssue = service.compose(makeIssue('opened'), settings);
  const message = ofIssue.transport === 'http' ? ofIssue : service.compose(push, settings);
  switch (message.transport) {
    case 'http':
      return message.body;
    case 'smtp':
      return message.text;
    case 'irc':
      return message.lines.map(withoutColours).join('\n');
    case 'none':
      return message.reason;
    default:
      return assertNever(message);
  }
}

function withoutColours(line: string): string {
  const [start = '', ...coloured] = line.replaceAll('\u000f', '').split('\u0003');
  return start + coloured.map((part) => part.slice(2)).join('');
}

describe('the page of the service', () => {
  for (const service of services) {
    describe(service.name, () => {
      let page: string;

      before(async () => {
        page = await readPage(service);
      });

      it('has its title', () => {
        assert.ok(page.startsWith(`# ${service.title}\n`));
      });

      it('lists its settings as they are declared', () => {
        const declared = service.settings.map(({ name, type, required, description }) => [
          `\`${name}\``,
          type,
          required === true ? 'yes' : 'no',
          description,
        ]);

        assert.deepEqual(rowsOf(sectionOf(page, 'Settings')), declared);
      });

      it('lists its events as they are declared', () => {
        const section = sectionOf(page, 'Events');

        const every = 'every event, those that are added later included';
        const supported = service.supportedEvents === 'all' ? every : quote(service.supportedEvents);
        assert.equal(eventsOf(section, 'Supported'), supported);
        assert.equal(eventsOf(section, 'Default'), quote(service.defaultEvents));
      });

      it('creates hooks with settings and events that the service takes', () => {
        const requests = requestsOf(sectionOf(page, 'Create one'));

        assert.ok(requests.length > 0);
        for (const { name, events = [], config } of requests) {
          assert.equal(name, service.name);
          assert.ok('settings' in readSettings(service, config));
          for (const event of events) assert.ok(supportedEvents(service).includes(event), event);
        }
      });

      it('shows what arrives as it is made', () => {
        const section = sectionOf(page, 'What arrives');
        if (service.kind === 'forward') {
          assert.match(section, /X-Hub-Signature-256/u);
          return;
        }
        const [request] = requestsOf(sectionOf(page, 'Create one'));
        const reading = readSettings(service, { ...request?.config });
        assert.ok('settings' in reading);

        const made = composeExample(service, reading.settings);

        const [, language, example = ''] = /```(json|text)\n(.*?)```/su.exec(section) ?? [];
        if (language === 'json') assert.deepEqual(JSON.parse(example), JSON.parse(made));
        else assert.equal(example.trimEnd(), made.trimEnd());
      });

      it('says what is retried and what is final', () => {
        assert.match(sectionOf(page, 'What is retried, what is final'), /final/u);
      });
    });
  }
});
