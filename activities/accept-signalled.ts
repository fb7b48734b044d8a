/**
 * Accepts events that were signalled, by the same checks and the same statement as those that come over HTTP. Whoever may
 * signal in Temporal's namespace is the platform. Never accepts a key of a repository twice, so it is safe to call again.
 */
import type { Sender } from '#db/queries/accept-events.ts';
import { assertNever } from '#domain/assert-never.ts';
import { Refusal } from '#domain/refusals.ts';
import { signalLimits } from '#domain/signal-limits.ts';
import type { FirstAcceptance, IncomingEvent, Intake } from '#intake/accept.ts';
import { readSignal } from '#intake/read-item.ts';
import type { SignalledInput, SignalledResult } from './signalled-report.ts';

/** What accepting needs. */
export interface AcceptingDependencies {
  readonly intake: Pick<Intake, 'acceptOnce'>;
  /** Told when deliveries wait to be started. */
  readonly onAccepted: () => void;
}

const platform: Sender = { username: '', isPlatform: true };

/**
 * Accepts what is right among the signals; answers one result each, in order.
 *
 * @throws what the database throws, and a refusal when a key is held by a request that has not ended: Temporal calls again
 */
export async function acceptSignalled(
  { intake, onAccepted }: AcceptingDependencies,
  { repository, signals }: SignalledInput,
): Promise<readonly SignalledResult[]> {
  const read = signals.map((signal) => readSignal(repository, signal));
  const incoming = read.filter((one): one is IncomingEvent => !(one instanceof Refusal));
  const acceptances = [...(await intake.acceptOnce(platform, incoming))];
  if (acceptances.some(isAwaited)) onAccepted();
  return read.map((one) =>
    one instanceof Refusal ? toRejected(one) : toResult(acceptances.shift() as FirstAcceptance),
  );
}

function isAwaited(acceptance: FirstAcceptance): boolean {
  return acceptance.kind === 'accepted' && acceptance.receipt.deliveries.length > 0;
}

function toResult(acceptance: FirstAcceptance): SignalledResult {
  switch (acceptance.kind) {
    case 'accepted':
      return { kind: 'accepted', eventId: acceptance.receipt.id };
    case 'repeated':
      return { kind: 'repeated' };
    case 'refused':
      return toRejected(acceptance.refusal);
    default:
      return assertNever(acceptance);
  }
}

function toRejected({ code, message }: Refusal): SignalledResult {
  return { kind: 'rejected', code, reason: message.slice(0, signalLimits.reasonLength) };
}
