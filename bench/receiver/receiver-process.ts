/** The receiver, as a process of its own: server, behaviours and ledger, told and asked over the process's channel. */
import { serveRemote } from '../processes/remote.ts';
import { statusFor, type LaneBehaviour } from './answers.ts';
import { createLedger } from './ledger.ts';
import { headerOf, startRawServer } from './raw-server.ts';

const ledger = createLedger();
const behaviours = new Map<string, LaneBehaviour>();

const { port } = await startRawServer(({ path, head, body, atMs }, reply) => {
  const arrival = { lane: path, id: headerOf(head, 'webhook-id') ?? '', body, atMs };
  const behaviour = behaviours.get(path) ?? {};
  const status = statusFor(behaviour, arrival.id, ledger.arrive(arrival));
  const answer = (): void => {
    if (status >= 200 && status < 300) ledger.succeed(arrival);
    reply(status);
  };
  if (behaviour.delayMs === undefined) answer();
  else setTimeout(answer, behaviour.delayMs);
});

const services = {
  port: (_nothing: undefined) => port,
  behave: ({ lane, behaviour }: { readonly lane: string; readonly behaviour: LaneBehaviour }) => {
    behaviours.set(lane, behaviour);
  },
  succeeded: (lanePrefix: string) => ledger.succeeded(lanePrefix),
  entries: (lanePrefix: string) => ledger.entries(lanePrefix),
  forget: (lanePrefix: string) => {
    ledger.forget(lanePrefix);
    for (const lane of behaviours.keys()) if (lane.startsWith(lanePrefix)) behaviours.delete(lane);
  },
};

/** What the receiver can be told and asked. */
export type ReceiverServices = typeof services;

serveRemote(services);
