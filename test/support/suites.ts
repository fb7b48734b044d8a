/**
 * Runs the test files by the folder of `test/` they are in: each folder a mocha of its own, several beside each other,
 * on the same servers. What a folder's mocha says is printed when it ends; one that crashes is a failure.
 */
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import pLimit from 'p-limit';
import type { Outcome } from './reporter.ts';
import { giveServers, startServers, type Servers } from './servers.ts';
import { root, runTool } from './tool.ts';

/** Folders at once. They mostly wait, so two do even on one core. */
const atOnce = Math.min(Math.max(2, availableParallelism()), 4);

/** Folders whose tests measure time finely run before the others, alone: beside them they would measure the machine. */
const timed = ['activities/transports/http', 'bench'];

/** The longest folders begin first: begun last they would keep everybody waiting. */
const longest = ['end-to-end', 'api', 'activities', 'platform', 'db', 'deploy', 'bin'];

/** Runs the test files that match. */
export async function runSuites(patterns: readonly string[]): Promise<Outcome> {
  const suites = await findSuites(patterns);
  const servers = await startServers();
  // A Ctrl-C reaches each mocha, too, and ends it in order; here it must leave time to stop the servers.
  let interrupted = false;
  process.once('SIGINT', () => (interrupted = true));
  try {
    const run = (name: string) => runSuite(name, interrupted ? [] : suites.get(name), servers);
    const outcomes: Outcome[] = [];
    for (const name of timed) outcomes.push(await run(name));
    const others = [...new Set([...longest, ...suites.keys()])].filter((name) => !timed.includes(name));
    const limit = pLimit(atOnce);
    outcomes.push(...(await Promise.all(others.map((name) => limit(run, name)))));
    return together(interrupted ? [...outcomes, { passed: 0, failures: ['interrupted'] }] : outcomes);
  } finally {
    await servers.stop();
  }
}

/** Several outcomes as one. */
export function together(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((total, { passed }) => total + passed, 0),
    failures: outcomes.flatMap(({ failures }) => failures),
  };
}

/** The files that match, by their folder below `test/`. */
async function findSuites(patterns: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = await Array.fromAsync(glob([...patterns], { cwd: root }));
  return Map.groupBy(files.sort(), (file) => {
    const folder = dirname(relative('test', file)).replaceAll(sep, '/');
    return timed.includes(folder) ? folder : (folder.split('/')[0] ?? folder);
  });
}

/** Runs mocha and reads what it came to from the file that the reporter wrote; a run that wrote none has failed. */
async function runSuite(name: string, files: readonly string[] = [], servers: Servers): Promise<Outcome> {
  if (files.length === 0) return { passed: 0, failures: [] };
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-run-'));
  const file = join(folder, 'outcome.json');
  try {
    const startedAt = performance.now();
    // A failure may leave something open, which must not keep the whole run from ending: hence --exit.
    const { status, output } = await runTool('mocha/bin/mocha.js', ['--exit', ...files], {
      HOLDFAST_TEST_OUTCOME: file,
      NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
      ...giveServers(servers),
    });
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    console.log(`\ntest/${name} (${seconds} s)\n${output.trimEnd()}`);
    const written = await readFile(file, 'utf8').catch(() => undefined);
    if (written === undefined) return { passed: 0, failures: [`test/${name} did not run to its end`] };
    const outcome = JSON.parse(written) as Outcome;
    const endedBadly = status !== 0 && outcome.failures.length === 0;
    return endedBadly ? { ...outcome, failures: [`test/${name} ended with status ${status}`] } : outcome;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
