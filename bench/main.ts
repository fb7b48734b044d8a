/**
 * `npm run bench`: measures Holdfast on this machine, prints a table and keeps the figures as JSON below
 * `.holdfast/bench`. Exits 1 when a case failed or anything accepted was lost; a missed target is only shown.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allCases, selectCases } from './all-cases.ts';
import { openBench, type Bench } from './bench.ts';
import type { Case } from './case.ts';
import { readCommandLine, type CommandLine } from './command-line.ts';
import { comparisonLines } from './report/comparison.ts';
import { describeMachine } from './report/machine.ts';
import { compareCases } from './report/ratios.ts';
import { writeResults } from './report/results-file.ts';
import { caseLines, setupLines, summaryLines } from './report/table.ts';
import { describeVersions } from './report/versions.ts';
import { isSound, runCases } from './run-cases.ts';
import { warmUpLoad } from './warm-up.ts';

const resultsFolder = fileURLToPath(new URL('../.holdfast/bench/', import.meta.url));

const show = (lines: readonly string[]): void => console.log(lines.join('\n'));

async function measure(bench: Bench, cases: readonly Case[]): Promise<boolean> {
  const startedAt = new Date();
  const machine = await describeMachine(bench.folder);
  const measured = await runCases(bench, cases, (ended) => {
    if (!bench.isStopping()) show(caseLines(ended));
  });
  if (bench.isStopping()) throw new Error('Stopped before the end: nothing is kept');
  const versions = await describeVersions(bench.serverVersions());
  const ratios = compareCases(measured);
  const reports = ratios === undefined ? measured : [...measured, ratios];
  if (ratios !== undefined) show(caseLines(ratios));
  show([...comparisonLines(measured), '', ...setupLines(machine, versions), '', ...summaryLines(reports)]);
  const { isShort } = bench;
  if (isShort) console.log('This was a trial run (--short): its figures mean little.');
  const results = { startedAt, isShort, machine, versions, warmUp: warmUpLoad, cases: reports };
  console.log(`Kept in ${await writeResults(resultsFolder, results)}`);
  return isSound(reports);
}

async function main({ only, isShort, isKeeping }: CommandLine): Promise<boolean> {
  const cases = selectCases(only);
  await mkdir(resultsFolder, { recursive: true });
  const folder = await mkdtemp(join(resultsFolder, 'data-'));
  const say = (line: string): void => console.log(`… ${line}`);
  const bench = await openBench({ isShort, folder, say });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      await bench.stop();
      if (!isKeeping) await rm(folder, { recursive: true, force: true });
    })();
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('stopping');
      void stop().finally(() => process.exit(130));
    });
  }
  try {
    return await measure(bench, cases);
  } finally {
    await stop();
  }
}

try {
  const commandLine = readCommandLine(process.argv.slice(2));
  if (commandLine.isListing) {
    for (const { name, title } of allCases) console.log(`${name.padEnd(24)} ${title}`);
  } else process.exitCode = (await main(commandLine)) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
