/**
 * The events that a producer signals for one repository: hand over what waits, note what became of it, go on in a run of its
 * own before the history grows long, end when nobody signals for a while. The story only: an activity checks and accepts.
 * Never drops a signal; what it has seen before is for the database to know.
 */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { fullNamePattern, fullNameRule } from '#domain/full-name.ts';
import { signalLimits } from '#domain/signal-limits.ts';
import { acceptSignalled } from './activity-options.ts';
import { eventSignal, openSignal, type OpenedSignal } from './open-signal.ts';
import {
  eventSignalName,
  progressQuery,
  rejectedQuery,
  type Carried,
  type ReceiveEventsInput,
  type SignalProgress,
} from './producer-messages.ts';
import { createSignalLedger, type SignalLedger } from './signal-ledger.ts';
import { createSignalQueue, type SignalQueue } from './signal-queue.ts';

/**
 * Accepts what is signalled for a repository.
 *
 * @returns what became of it, when no signal has come for a while
 * @throws ApplicationFailure of type `InvalidInput` when the input names no repository
 */
export async function receiveEvents(input: ReceiveEventsInput): Promise<SignalProgress> {
  const { repository, signalsPerRun, idleSeconds, carried } = readInput(input);
  const queue = createSignalQueue(carried.signals);
  const ledger = createSignalLedger(repository, carried);
  const progress = (): SignalProgress => ({ repository, ...ledger.counts(), waiting: queue.count() });
  let received = 0;

  listen({
    progress,
    ledger,
    onSignal: (opened) => {
      received += 1;
      if (opened.kind === 'event') queue.add(opened.signal);
      else ledger.reject(opened.signal, opened);
    },
  });

  const isLong = (): boolean => received >= signalsPerRun || workflowInfo().continueAsNewSuggested;
  // One that is to be cancelled does not go on anew: it would not know of that any more.
  const isDue = (): boolean => !CancellationScope.current().consideredCancelled && isLong();
  const isAwake = (): boolean => queue.count() > 0 || isDue();

  // What is left to the next run is bounded, so that runs can follow each other while signals keep coming.
  while (!isDue() || !queue.isCarriable()) {
    setCurrentDetails(wordsOf(progress()));
    const summary = 'ends when nobody signals';
    if (!isAwake() && !(await condition(isAwake, idleSeconds * 1000, { summary })) && !isAwake()) {
      return progress();
    }
    // Cancelled or not, what was signalled is accepted.
    if (queue.count() > 0) await CancellationScope.nonCancellable(() => handOver(repository, queue, ledger));
  }
  return continueAsNew<typeof receiveEvents>({
    repository,
    signalsPerRun,
    idleSeconds,
    carried: { v: 1, counts: ledger.counts(), rejected: ledger.rejected(), signals: queue.all() },
  });
}

/** Hands over the first that wait, for as long as it takes, and notes what became of them. */
async function handOver(repository: string, queue: SignalQueue, ledger: SignalLedger): Promise<void> {
  const signals = queue.take();
  const summary = signals.length === 1 ? '1 event' : `${signals.length} events`;
  const results = await acceptSignalled.executeWithOptions({ summary }, [{ repository, signals }]);
  for (const [index, result] of results.entries()) {
    if (result.kind === 'rejected') ledger.reject(signals[index], result);
    else ledger.count(result.kind);
  }
}

/** What the messages are answered from. */
interface Talk {
  readonly progress: () => SignalProgress;
  readonly ledger: SignalLedger;
  readonly onSignal: (opened: OpenedSignal) => void;
}

/** Registers the queries and the signals. The handlers only take down what comes. */
function listen({ progress, ledger, onSignal }: Talk): void {
  setHandler(progressQuery, progress, { description: 'How many signals were accepted, repeated, rejected' });
  setHandler(rejectedQuery, ledger.rejected, {
    description: 'The last 100 signals that were wrong, and why',
  });
  setHandler(eventSignal, (sent) => onSignal(openSignal(sent)), {
    description: 'Report an event: {key, type, payload | payloadText}, up to 64 KiB',
  });
  setDefaultSignalHandler((name) =>
    onSignal({
      kind: 'wrong',
      code: 'bad_request',
      reason: `There is no signal ${JSON.stringify(name.slice(0, signalLimits.typeLength))}; events come as ${eventSignalName}`,
    }),
  );
}

const nothing: Carried = {
  v: 1,
  counts: { accepted: 0, repeated: 0, rejected: 0 },
  rejected: [],
  signals: [],
};

/** Reads an input that a stranger may have sent. */
function readInput(input: unknown): Required<ReceiveEventsInput> {
  const { repository, signalsPerRun, idleSeconds, carried } = (input ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (typeof repository !== 'string' || !fullNamePattern.test(repository)) {
    const given = JSON.stringify(repository ?? null).slice(0, signalLimits.typeLength);
    const message = `The input must be {"repository": "owner/name"}: repository ${fullNameRule}, not ${given}`;
    throw ApplicationFailure.nonRetryable(message, 'InvalidInput');
  }
  const isOwn = workflowInfo().continuedFromExecutionRunId !== undefined;
  return {
    repository,
    signalsPerRun: atMost(signalLimits.perRun, signalsPerRun),
    idleSeconds: atMost(signalLimits.idleSeconds, idleSeconds),
    // The run before wrote it.
    carried: isOwn && carried !== undefined ? (carried as Carried) : nothing,
  };
}

/** A whole number up to a bound; the bound itself for anything else. */
function atMost(bound: number, value: unknown): number {
  return Number.isInteger(value) && Number(value) > 0 ? Math.min(Number(value), bound) : bound;
}

function wordsOf({ repository, accepted, repeated, rejected, waiting }: SignalProgress): string {
  return [
    `Receives what is signalled for ${repository}: ${accepted} accepted,`,
    `${repeated} repeated and dropped, ${rejected} rejected, ${waiting} waiting.`,
    'Ends by itself when nobody signals for a while.',
  ].join(' ');
}
