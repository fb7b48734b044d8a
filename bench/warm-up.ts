/** Delivers a few events that nobody measures, so that a process under measurement has compiled what it runs. */
import type { Bench } from './bench.ts';
import { deliverLoad } from './deliver-load.ts';
import type { Subject } from './stands.ts';

/** What is delivered. */
export const warmUpLoad = { events: 100, perSecond: 20, connections: 16, payloadBytes: 2048 } as const;

const shortEvents = 20;
const deadlineMs = 60_000;

/**
 * Warms up.
 *
 * @param name names the repository; unique in a run
 * @param subject who delivers; the installation that cases share unless given
 */
export async function warmUp(bench: Bench, name: string, subject?: Subject): Promise<void> {
  const events = bench.isShort ? shortEvents : warmUpLoad.events;
  bench.say(`warming up with ${events} events`);
  await deliverLoad(bench, {
    name,
    hooks: [{}],
    load: { ...warmUpLoad, events },
    deadlineMs,
    ...(subject === undefined ? {} : { subject }),
  });
}
