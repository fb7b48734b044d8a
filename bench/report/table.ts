/** Turns reports into lines for the terminal: figures with their targets beside them, and what was lost. */
import { meetsTarget, type Figure, type Target } from '../case.ts';
import type { CaseReport } from '../run-cases.ts';
import type { Tally } from '../tally.ts';
import type { Machine } from './machine.ts';
import type { Versions } from './versions.ts';

const nameWidth = 44;
const valueWidth = 12;
const unitWidth = 14;
const targetWidth = 10;

/** The lines of one case. */
export function caseLines({ name, title, seconds, outcome }: CaseReport): readonly string[] {
  const heading = `${name} · ${title} (${Math.round(seconds)} s)`;
  if (outcome.kind === 'failed') return ['', heading, `  FAILED: ${outcome.error}`];
  if (outcome.kind === 'not-measured') return ['', heading, `  ${outcome.reason}`];
  return [
    '',
    heading,
    ...outcome.figures.map(figureLine),
    ...(outcome.notes ?? []).map((note) => `  ${note}`),
    ...(outcome.tally === undefined ? [] : [tallyLine(outcome.tally)]),
  ];
}

function figureLine(figure: Figure): string {
  const { name, value, unit, target } = figure;
  const cells = [
    name.padEnd(nameWidth),
    (value === undefined ? '–' : showNumber(value)).padStart(valueWidth),
    ` ${unit}`.padEnd(unitWidth),
    (target === undefined ? '' : showTarget(target)).padEnd(targetWidth),
    showVerdict(meetsTarget(figure)),
  ];
  return `  ${cells.join(' ')}`.trimEnd();
}

function showTarget({ atMost, atLeast }: Target): string {
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}`]),
  ];
  return bounds.join(', ');
}

function showVerdict(isMet: boolean | undefined): string {
  return isMet === undefined ? '' : isMet ? 'met' : 'FALLS SHORT';
}

/** Three significant digits, and whole numbers whole. */
export function showNumber(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}

function tallyLine({ accepted, delivered, lost, duplicated, altered, unannounced }: Tally): string {
  const rest = [
    ...(altered === 0 ? [] : [`ALTERED ${altered}`]),
    ...(unannounced === 0 ? [] : [`unannounced ${unannounced}`]),
  ];
  const counts = [
    `lost = ${lost}`,
    `duplicated = ${duplicated}`,
    `(${delivered} of ${accepted} delivered)`,
    ...rest,
  ];
  return `  ${counts.join('  ')}`;
}

/** The lines that say what was measured on what. */
export function setupLines(
  { cores, model, memoryGigabytes, kernel, loadBefore, fdatasyncMs }: Machine,
  versions: Versions,
): readonly string[] {
  const { commit, node, servers, environment } = versions;
  const { postgres, temporal } = servers ?? {};
  const postgresText =
    postgres === undefined
      ? 'not started'
      : Object.entries(postgres)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ');
  const changed = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    `Machine     ${cores} cores (${model}), ${memoryGigabytes} GB, ${kernel}`,
    `            fdatasync of 8 KB: p50 ${showMs(fdatasyncMs.p50)}, p99 ${showMs(fdatasyncMs.p99)}; load before: ${loadBefore.toFixed(2)}`,
    `Software    Holdfast ${commit}, Node ${node}`,
    `Temporal    ${temporal ?? 'not started'}`,
    `PostgreSQL  ${postgresText}`,
    ...(changed.length === 0 ? [] : [`Environment ${changed.join(' ')}`]),
  ];
}

function showMs(value: number | undefined): string {
  return value === undefined ? '–' : `${showNumber(value)} ms`;
}

/** The last lines: how many targets were met, and which were not. */
export function summaryLines(reports: readonly CaseReport[]): readonly string[] {
  const figures = reports.flatMap(({ name, outcome }) =>
    outcome.kind === 'measured' ? outcome.figures.map((figure) => ({ name, figure })) : [],
  );
  const judged = figures.filter(({ figure }) => meetsTarget(figure) !== undefined);
  const short = judged.filter(({ figure }) => meetsTarget(figure) === false);
  const skipped = reports.flatMap(({ outcome }) =>
    outcome.kind === 'not-measured' ? [`  ${outcome.reason}`] : [],
  );
  const failed = reports.filter(({ outcome }) => outcome.kind === 'failed');
  const tallies = reports.flatMap(({ outcome }) =>
    outcome.kind === 'measured' && outcome.tally !== undefined ? [outcome.tally] : [],
  );
  const sum = (key: 'lost' | 'duplicated' | 'accepted'): number =>
    tallies.reduce((total, each) => total + each[key], 0);
  return [
    `${judged.length - short.length} of ${judged.length} targets met`,
    ...short.map(({ name, figure: { name: what, value, unit, target } }) => {
      return `  falls short: ${name}, ${what}: ${showNumber(value ?? 0)} ${unit} (${showTarget(target ?? {})})`;
    }),
    ...new Set(skipped),
    ...failed.map(({ name }) => `  failed: ${name}`),
    `lost = ${sum('lost')}, duplicated = ${sum('duplicated')}, of ${sum('accepted')} deliveries accepted`,
  ];
}
