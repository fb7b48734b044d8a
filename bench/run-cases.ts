/** Runs cases one after another on one bench. A case that fails is told as such, and the next one runs. */
import type { Bench } from './bench.ts';
import type { Case, CaseResult } from './case.ts';
import { nowMs } from './clock.ts';
import { deliverLoad } from './deliver-load.ts';

/** A case that ran. */
export interface CaseReport {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  readonly outcome:
    | ({ readonly kind: 'measured' } & CaseResult)
    | { readonly kind: 'failed'; readonly error: string };
}

/** What is delivered, unmeasured, before the first case that wants a warm installation. */
export const warmUpLoad = { events: 100, perSecond: 20, connections: 16, payloadBytes: 2048 } as const;

const warmUpDeadlineMs = 60_000;

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
      await warmUp(bench);
      isWarm = true;
    }
    const ended = await runCase(bench, chosen);
    reports.push(ended);
    report(ended);
  }
  return reports;
}

async function warmUp(bench: Bench): Promise<void> {
  bench.say(`warming up with ${warmUpLoad.events} events`);
  await deliverLoad(bench, {
    name: 'warm-up',
    hooks: [{}],
    load: warmUpLoad,
    deadlineMs: warmUpDeadlineMs,
  });
}

async function runCase(bench: Bench, { name, title, run }: Case): Promise<CaseReport> {
  bench.say(`${name}: ${title}`);
  const startedMs = nowMs();
  const seconds = (): number => (nowMs() - startedMs) / 1000;
  try {
    const result = await run(bench);
    return { name, title, seconds: seconds(), outcome: { kind: 'measured', ...result } };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { name, title, seconds: seconds(), outcome: { kind: 'failed', error: text } };
  }
}

/** True when everything was measured and nothing that was accepted was lost or altered. */
export function isSound(reports: readonly CaseReport[]): boolean {
  return reports.every(
    ({ outcome }) =>
      outcome.kind === 'measured' &&
      (outcome.tally === undefined || (outcome.tally.lost === 0 && outcome.tally.altered === 0)),
  );
}
