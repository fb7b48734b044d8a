/** Runs cases one after another on one bench. A case that fails is told as such, and the next one runs. */
import type { Bench } from './bench.ts';
import { NotMeasured, type Case, type CaseResult } from './case.ts';
import { nowMs } from './clock.ts';
import { warmUp } from './warm-up.ts';

/** A case that ran. */
export interface CaseReport {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly outcome:
    | ({ readonly kind: 'measured' } & CaseResult)
    | { readonly kind: 'not-measured'; readonly reason: string }
    | { readonly kind: 'failed'; readonly error: string };
}

/** Runs the cases; `report` is told of each as it ends. */
export async function runCases(
  bench: Bench,
  cases: readonly Case[],
  report: (ended: CaseReport) => void,
): Promise<readonly CaseReport[]> {
  const reports: CaseReport[] = [];
  let isWarm = false;
  for (const chosen of cases) {
    if (bench.isStopping()) break;
    if (chosen.isWarm === true && !isWarm) {
      await warmUp(bench, 'warm-up');
      isWarm = true;
    }
    const ended = await runCase(bench, chosen);
    reports.push(ended);
    report(ended);
  }
  return reports;
}

async function runCase(bench: Bench, { name, title, run }: Case): Promise<CaseReport> {
  bench.say(`${name}: ${title}`);
  const startedMs = nowMs();
  const seconds = (): number => (nowMs() - startedMs) / 1000;
  try {
    const result = await run(bench);
    return { name, title, seconds: seconds(), outcome: { kind: 'measured', ...result } };
  } catch (error) {
    if (error instanceof NotMeasured) {
      return { name, title, seconds: seconds(), outcome: { kind: 'not-measured', reason: error.message } };
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { name, title, seconds: seconds(), outcome: { kind: 'failed', error: text } };
  }
}

/** True when no case failed and nothing that was accepted was lost or altered. */
export function isSound(reports: readonly CaseReport[]): boolean {
  return reports.every(
    ({ outcome }) =>
      outcome.kind === 'not-measured' ||
      (outcome.kind === 'measured' &&
        (outcome.tally === undefined || (outcome.tally.lost === 0 && outcome.tally.altered === 0))),
  );
}
