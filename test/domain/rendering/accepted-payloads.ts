/**
 * Payloads of every kind that acceptance lets through: hostile texts, times and numbers, and producers' own fields
 * anywhere, named as GitHub names its fields or as nothing should be named.
 */
import * as fc from 'fast-check';
import { samples } from '../../support/samples.ts';
import { assertNever } from '#domain/assert-never.ts';
import { eventDeclarations, type EventDeclaration } from '#domain/events.ts';
import { fieldsOf } from './published-schemas.ts';

const objects = [
  'user',
  'organization',
  'repository',
  'issue',
  'pull-request',
  'label',
  'commit',
  'committer',
];
const events = ['push$event', 'fork$event', 'watch$started', 'star$deleted', 'issues$edited'];

/** Every name that GitHub gives a field of what is rendered, in snake_case and in camelCase. */
export const githubNames: readonly string[] = [
  ...new Set([...objects, ...events, 'pull_request$edited'].flatMap(fieldsOf)),
].flatMap((name) => [name, name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]);

const hostileTexts: readonly string[] = [
  '',
  '__proto__',
  'constructor',
  '\ud800',
  '\u0000',
  'javascript:alert(1)',
  '//forge.example/a',
  "https://forge.example/o'b rien/ü?a=|#b",
  'https://u:p@forge.example/',
  'http://[::1]:80/x',
  'http://[::/',
  '0'.repeat(40),
  'a1'.repeat(20),
  '007',
  '99999999999999999999',
  '2026-02-30T00:00:00Z',
  'open',
  'User',
];
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...hostileTexts),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
);
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(1e308, -1e308, 1e11, 1e11 - 1, 8.64e15, 8.64e15 + 2, 253_402_300_800, -62_167_219_201, -0),
);
const times = fc.oneof(
  fc
    .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((time) => time.toISOString()),
  fc.constantFrom('2024-02-29T23:59:59+23:59', '0000-01-01T00:00:00.123456789Z'),
);
const deep = fc
  .constantFrom(1, 400)
  .map((levels) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown);
const values = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  texts,
  numbers,
  deep,
  fc.constantFrom([{}, 'x', null, 7], { username: 3 }, { title: { from: 3 } }, [['x']]),
);
const names = fc.oneof(
  fc.constantFrom(...githubNames),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'fooBar',
    'foo_bar',
    'someUrl',
    'with space',
    'HTMLUrl',
  ),
  fc.string({ unit: 'binary' }),
);
const extras = fc
  .array(fc.tuple(names, values), { maxLength: 6 })
  .map((entries) => Object.fromEntries(entries) as Record<string, unknown>);

function withExtras(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> {
  return fc.tuple(extras, fc.record(fields)).map(([others, own]) => ({ ...others, ...own }));
}

const someText = texts.filter((text) => text !== '');
const id = fc.oneof(someText, fc.nat().map(String), fc.constant('42'));
const person = withExtras({ id, username: someText });
const author = withExtras({ id, username: someText, name: texts });
const repository = withExtras({ id, owner: someText, name: someText, url: texts });
const reference = withExtras({ id, name: texts });
const subject = {
  id,
  number: numbers,
  title: texts,
  body: fc.option(texts),
  author,
  url: texts,
  createdAt: times,
  updatedAt: times,
};
const issue = withExtras({
  ...subject,
  state: fc.constantFrom('open', 'closed'),
  labels: fc.array(values, { maxLength: 3 }),
  assignees: fc.array(fc.oneof(values, person), { maxLength: 3 }),
});
const pullRequest = withExtras({
  ...subject,
  state: fc.constantFrom('open', 'closed', 'merged'),
  baseRepo: reference,
  headRepo: fc.oneof(reference, repository),
  baseBranch: texts,
  headBranch: texts,
});
const gitAuthor = withExtras({ name: texts, email: texts });
const commit = withExtras({ oid: someText, message: texts, author: gitAuthor, timestamp: numbers });
const push = {
  pusher: person,
  ref: texts,
  before: texts,
  after: texts,
  commits: fc.array(commit, { maxLength: 4 }),
  totalCommits: numbers,
};

function partsOf({ shape, action = '' }: EventDeclaration): Record<string, fc.Arbitrary<unknown>> {
  switch (shape) {
    case 'issue':
      return { action: fc.constant(action), issue };
    case 'pull_request':
      return { action: fc.constant(action), pullRequest };
    case 'push':
      return push;
    case 'plain':
    case 'none':
      return {};
    default:
      return assertNever(shape);
  }
}

const sampleTypes: ReadonlySet<string> = new Set(samples.map(({ type }) => type));

/** An event of any of the source's types, with the text of a payload that is accepted for it, in the source's own shape. */
export const acceptedEvents: fc.Arbitrary<{ readonly type: string; readonly payload: string }> = fc
  .constantFrom(...eventDeclarations.filter(({ type }) => sampleTypes.has(type)))
  .chain((event) =>
    withExtras({ ...partsOf(event), repository, sender: person }).map((payload) => ({
      type: event.type,
      payload: JSON.stringify(payload),
    })),
  )
  .filter(({ payload }) => !Object.hasOwn(JSON.parse(payload).repository as object, 'full_name'));
