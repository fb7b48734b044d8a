/**
 * Reads docker-compose.yml and the Dockerfile as Docker would, as far as the tests need it: anchors and merges,
 * variables with defaults and demands, stages with what they copy, set and run.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

/** The root of the repository. */
export const root = resolve(import.meta.dirname, '../..');

/** A service, as far as the tests look at it. */
export interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
}

/** The compose file. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** Variables as `.env` gives them. */
export type Variables = Readonly<Record<string, string>>;

/** The compose file as it is written. */
export function composeText(): string {
  return readFileSync(resolve(root, 'docker-compose.yml'), 'utf8');
}

/** The compose file with its merges carried out and its variables left as they are. */
export function readComposeFile(): ComposeFile {
  return parse(composeText(), { merge: true }) as ComposeFile;
}

/**
 * Puts variables into every text: `${NAME}`, `${NAME:-default}`, `${NAME:?message}`; `$$` is a dollar sign.
 *
 * @throws Error with the message of a variable that is demanded and missing or empty
 */
export function interpolate<Value>(value: Value, variables: Variables): Value {
  if (typeof value === 'string') return interpolateText(value, variables) as Value;
  if (Array.isArray(value)) return value.map((item: unknown) => interpolate(item, variables)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item as unknown, variables)]),
  ) as Value;
}

const reference = /\$(?:\$|\{(?<name>\w+)(?::(?<sign>[-?])(?<rest>[^}]*))?\})/g;

function interpolateText(text: string, variables: Variables): string {
  return text.replace(reference, (whole, name?: string, sign?: string, rest = '') => {
    if (name === undefined) return '$';
    const value = variables[name] ?? '';
    if (value !== '') return value;
    if (sign === '?') throw new Error(`${name}: ${rest}`);
    return sign === '-' ? rest : whole === '' ? '' : value;
  });
}

/** The names of the variables that a text refers to. */
export function referredNames(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(reference)].flatMap(({ groups }) => groups?.['name'] ?? []));
}

/** A stage of the Dockerfile, with what it has from the stages below it. */
export interface Stage {
  /** Paths of the build context that are copied in. */
  readonly copied: readonly string[];
  readonly environment: Variables;
  readonly user: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly healthcheck: readonly string[] | undefined;
  /** The image at the bottom. */
  readonly image: string;
  /** Each instruction as one line. */
  readonly lines: readonly string[];
}

/** Reads the stages of the Dockerfile. */
export function readStages(): ReadonlyMap<string, Stage> {
  const text = readFileSync(resolve(root, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '');
  const stages = new Map<string, Stage>();
  let name = '';
  for (const line of text.split('\n').filter((it) => it.trim() !== '')) {
    const from = /^FROM (?<base>\S+) AS (?<stage>\S+)$/.exec(line)?.groups;
    if (from !== undefined) {
      name = from['stage'] ?? '';
      const base = from['base'] ?? '';
      stages.set(name, stages.get(base) ?? { ...emptyStage, image: base });
    } else {
      const stage = stages.get(name);
      if (stage === undefined) throw new Error(`${line} stands before the first FROM`);
      stages.set(name, withInstruction(stage, line));
    }
  }
  return stages;
}

const emptyStage: Stage = {
  copied: [],
  environment: {},
  user: undefined,
  command: undefined,
  healthcheck: undefined,
  image: '',
  lines: [],
};

function withInstruction(before: Stage, line: string): Stage {
  const stage = { ...before, lines: [...before.lines, line] };
  const [instruction = '', ...words] = line.split(/\s+/);
  switch (instruction) {
    case 'COPY':
      return words[0]?.startsWith('--from=')
        ? stage
        : { ...stage, copied: [...stage.copied, ...words.slice(0, -1)] };
    case 'ENV':
      return {
        ...stage,
        environment: {
          ...stage.environment,
          ...Object.fromEntries(words.map((word) => word.split('=', 2) as [string, string])),
        },
      };
    case 'USER':
      return { ...stage, user: words[0] };
    case 'CMD':
      return { ...stage, command: JSON.parse(line.slice('CMD'.length)) as string[] };
    case 'HEALTHCHECK':
      return { ...stage, healthcheck: JSON.parse(line.slice(line.indexOf('['))) as string[] };
    default:
      return stage;
  }
}
