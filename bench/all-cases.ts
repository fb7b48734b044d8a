/** Every case, in the order in which they run: first what wants a quiet machine, then what wants fresh data. */
import type { Case } from './case.ts';
import { acceptCase } from './cases/accept.ts';
import { acceptAloneBatchCase, acceptAloneSingleCase } from './cases/accept-alone.ts';
import { plainCase, queueCases } from './cases/baselines.ts';
import { burstBatchCase, burstSingleCase, failingBurstCase, fanOutCase } from './cases/burst.ts';
import { drainCase, replayCase } from './cases/control.ts';
import { failingCase } from './cases/failing.ts';
import { catalogueCase } from './cases/catalogue.ts';
import { fiftyHooksCase } from './cases/fifty-hooks.ts';
import { footprintCase } from './cases/footprint.ts';
import { idleAfterLoadCase, idleCase } from './cases/idle.ts';
import { killedHoldfastCase, killedWorkerCase } from './cases/killed.ts';
import { mailCase } from './cases/mail.ts';
import { ownWorkflowApartCase, ownWorkflowCase } from './cases/own-workflow.ts';
import { latencyCase, pacedCase } from './cases/paced.ts';
import { renderCase } from './cases/render.ts';
import { slowCase } from './cases/slow.ts';
import { halfSleepingCase, sleepingCase } from './cases/sleeping.ts';
import { startCase } from './cases/start.ts';
import { workersCases } from './cases/workers.ts';
import { yardstickCase } from './cases/yardstick.ts';

/** The cases. */
export const allCases: readonly Case[] = [
  yardstickCase,
  renderCase,
  startCase,
  idleCase,
  latencyCase,
  pacedCase,
  acceptCase,
  fiftyHooksCase,
  catalogueCase,
  burstSingleCase,
  burstBatchCase,
  fanOutCase,
  acceptAloneSingleCase,
  acceptAloneBatchCase,
  slowCase,
  failingCase,
  failingBurstCase,
  drainCase,
  replayCase,
  footprintCase,
  idleAfterLoadCase,
  ownWorkflowCase,
  killedHoldfastCase,
  killedWorkerCase,
  ...workersCases,
  ownWorkflowApartCase,
  mailCase,
  halfSleepingCase,
  sleepingCase,
  plainCase,
  ...queueCases,
];

/**
 * The cases that go by one of the names, or whose family does: `burst` is `burst-single` and `burst-batch`. All of them
 * when there is no name.
 *
 * @throws when a name means no case
 */
export function selectCases(names: readonly string[]): readonly Case[] {
  if (names.length === 0) return allCases;
  const isMeant = (chosen: Case, name: string): boolean =>
    chosen.name === name || chosen.name.startsWith(`${name}-`);
  for (const name of names) {
    if (!allCases.some((chosen) => isMeant(chosen, name))) {
      throw new Error(
        `There is no case ${name}; there are ${allCases.map(({ name: known }) => known).join(', ')}`,
      );
    }
  }
  return allCases.filter((chosen) => names.some((name) => isMeant(chosen, name)));
}
