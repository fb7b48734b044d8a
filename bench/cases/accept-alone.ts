/** How many events a second are accepted when nobody listens to them: the accept path and nothing else. */
import type { Bench } from '../bench.ts';
import type { Case, CaseResult, Target } from '../case.ts';
import { deliverLoad, loadFigures } from '../deliver-load.ts';
import { rateFigures } from '../delivery-figures.ts';
import { batchSize } from './burst.ts';

interface Accepting {
  readonly name: string;
  readonly events: number;
  readonly batchSize?: number;
  readonly target: Target;
}

const connections = 50;
const shortShare = 0.05;
const deadlineMs = 60_000;

async function acceptAlone(bench: Bench, { name, target, ...sent }: Accepting): Promise<CaseResult> {
  const events = bench.isShort ? Math.ceil(sent.events * shortShare) : sent.events;
  const load = { ...sent, events, connections, payloadBytes: 2048 };
  const accepted = await deliverLoad(bench, { name, hooks: [], load, deadlineMs });
  const [rate] = rateFigures(accepted);
  if (rate === undefined) throw new Error('The generator sent nothing');
  return {
    settings: { ...load, hooks: 0 },
    figures: [
      { ...rate, target },
      ...accepted.cpu.map(({ name: part, cpuMs }) => ({
        name: `CPU an event, ${part}`,
        value: cpuMs / events,
        unit: 'ms',
      })),
      ...loadFigures(accepted),
    ],
  };
}

/** Each event in a request of its own. */
export const acceptAloneSingleCase: Case = {
  name: 'accept-alone-single',
  title: 'events that no hook listens to, as fast as 50 connections take them, one a request',
  isWarm: true,
  run: (bench) =>
    acceptAlone(bench, { name: 'accept-alone-single', events: 5000, target: { atLeast: 1200 } }),
};

/** A hundred events in a request. */
export const acceptAloneBatchCase: Case = {
  name: 'accept-alone-batch',
  title: 'events that no hook listens to, as fast as 50 connections take them, 100 a request',
  isWarm: true,
  run: (bench) =>
    acceptAlone(bench, { name: 'accept-alone-batch', events: 20_000, batchSize, target: { atLeast: 8000 } }),
};
