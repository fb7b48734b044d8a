/**
 * One attempt of one delivery: load the freshest settings, send, record, and tell the workflow what happened as data.
 * A receiver's failure is a value here; only our own faults throw, and Temporal then calls again.
 */
import { stepAfter, type NextStep } from '#domain/delivery.ts';
import type { RecipientStandings } from '#domain/recipients.ts';
import { attemptLimits } from '#domain/limits.ts';
import { isHalfUsed } from '#domain/schedule.ts';
import { parseRetryAfter, retryAfterInBody } from '#domain/retry-after.ts';
import { heedsRetryAfter, judgeAttempt } from '#domain/verdict.ts';
import { recipientsOfRunBefore } from '#db/queries/load-attempt.ts';
import { settleDelivery } from '#db/queries/settle-delivery.ts';
import type { Executor } from '#db/query.ts';
import type { Admission, Admitted } from './admission/admission.ts';
import type { AttemptMemory } from './attempt-memory.ts';
import type { AttemptInput, AttemptReport } from './attempt-report.ts';
import { prepareMessage, type Prepared, type PrepareDependencies } from '#outgoing/prepare-message.ts';
import { whenDue } from './due-time.ts';
import { handTurnOn, type OrderDependencies } from './order.ts';
import { persist } from './persist.ts';
import { byPresentSchedule } from './present-schedule.ts';
import { anewOf, findStanding, scheduleOf, type SendableMaterial } from './standing.ts';
import type { ReceiverPace } from './receiver-pace.ts';
import { unsent } from './transports/reply.ts';
import { sendMessage, type SendReply, type Transports } from './transports/send-message.ts';
import { withoutSecrets } from './without-secrets.ts';

/** What an attempt needs. */
export interface AttemptDependencies extends PrepareDependencies, OrderDependencies {
  readonly database: Executor;
  readonly memory: AttemptMemory;
  readonly transports: Transports;
  readonly pace: ReceiverPace;
  readonly admission: Admission;
  /** Days for which a delivery is held before it expires. */
  readonly holdDays: number;
  readonly log: AttemptLog;
}

/** Where an attempt writes its one line. */
export interface AttemptLog {
  readonly debug: (fields: object, message: string) => void;
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
}

/** How the call itself came about. */
export interface AttemptCall {
  /** True when an earlier call for the same attempt died or failed, so that the receiver may have been reached. */
  readonly interrupted: boolean;
  /** True when nobody counts the calls, so that the attempt must note for itself that it begins. */
  readonly uncounted?: boolean;
  /** True when its success is told together with others': then it is no news by itself. */
  readonly inGroup?: boolean;
  /** Told when the request is about to go out: from then on it is the receiver that takes its time. */
  readonly onSending?: () => void;
  /** Aborts when the worker must stop. */
  readonly signal: AbortSignal;
}

/**
 * Makes the attempt that is next for a delivery, or says why there is none.
 *
 * @throws the database's error when it stays away, and the signal's reason when the worker stops first
 */
export async function attemptDelivery(
  dependencies: AttemptDependencies,
  input: AttemptInput,
  call: AttemptCall,
): Promise<AttemptReport> {
  const { database, memory, holdDays } = dependencies;
  const load = () => memory.load(input.deliveryId);
  const begun = await (call.uncounted ? memory.begin(input.deliveryId) : load());
  const material = begun === undefined ? undefined : await whenDue(begun, input, load, call.signal);
  const standing = await findStanding(database, holdDays, input, material);
  if (standing.kind === 'report') {
    if (material?.ordered === true) dependencies.onTurn();
    return standing.report;
  }
  const report = await makeAttempt(dependencies, input, call, standing.material);
  if (standing.material.ordered) await handTurnOn(dependencies, input.deliveryId);
  return report;
}

async function makeAttempt(
  dependencies: AttemptDependencies,
  input: AttemptInput,
  call: AttemptCall,
  material: SendableMaterial,
): Promise<AttemptReport> {
  const { database } = dependencies;
  const startedMs = performance.now();
  const prepared = await prepareMessage(dependencies, input.deliveryId, material, Date.now());
  if (prepared.kind === 'nothing') {
    await settleDelivery(database, input.deliveryId, input.run, 'cancelled', prepared.reason);
    return { kind: 'settled', state: 'cancelled' };
  }
  const admitted = await sendAdmitted(dependencies, { input, call, material, prepared });
  if (admitted.kind === 'throttled') return admitted;
  const { reply } = admitted;
  const report = await recordReply(dependencies, { input, call, material, prepared, reply, startedMs });
  return byPresentSchedule(database, input.deliveryId, material, report);
}

/** Sends as soon as the hook's limits let it. What failed to be prepared reaches nobody and need not wait. */
async function sendAdmitted(
  dependencies: AttemptDependencies,
  { input, call, material, prepared }: Omit<Sent, 'reply' | 'startedMs'>,
): Promise<Admitted<SendReply>> {
  const { deliveryId, run } = input;
  const { hookId, rateLimitPerSecond, maxInFlight, hasTurn, timeoutSeconds } = material;
  const { signal, inGroup = false, onSending } = call;
  const interrupted = isInterrupted(input, call);
  const send = () => {
    onSending?.();
    return sendPrepared(dependencies, input, prepared, material, signal);
  };
  if (prepared.kind === 'failed') return { kind: 'sent', reply: await send() };
  const limited = { hookId, rateLimitPerSecond, maxInFlight, hasTurn, timeoutMs: timeoutSeconds * 1000 };
  const applicant = { deliveryId, run, ...limited, inGroup, interrupted, signal };
  const admitted = await dependencies.admission.admit(applicant, send);
  return admitted.kind === 'throttled' && interrupted ? { ...admitted, interrupted } : admitted;
}

function isInterrupted(input: AttemptInput, call: AttemptCall): boolean {
  return call.interrupted || input.interrupted === true;
}

type Sendable = Exclude<Prepared, { kind: 'nothing' }>;

/** Sends what was prepared. What failed to be prepared is an attempt all the same, that reached nobody. */
async function sendPrepared(
  dependencies: AttemptDependencies,
  input: AttemptInput,
  prepared: Sendable,
  material: SendableMaterial,
  signal: AbortSignal,
): Promise<SendReply> {
  if (prepared.kind === 'failed') return unsent('template_error', prepared.error);
  const { transports, pace } = dependencies;
  const isMail = prepared.message.transport === 'smtp';
  const recipients = isMail ? await standingsFor(dependencies, input, material) : {};
  const reply = await pace.time(material.hookId, () =>
    sendMessage(transports, prepared.message, {
      timeoutMs: material.timeoutSeconds * 1000,
      keepBytes: attemptLimits.responseBytes,
      scope: material.hookId,
      recipients,
      signal,
    }),
  );
  return withoutSecrets(reply, prepared.secrets);
}

/**
 * Where the recipients of a mail stand. Sent again by hand, it goes to those who do not have it; to everybody when all
 * of them have it, for then that is what was meant.
 */
async function standingsFor(
  { database }: AttemptDependencies,
  { deliveryId }: AttemptInput,
  { lastRecipients, attempts, run }: SendableMaterial,
): Promise<RecipientStandings> {
  if (run === 0 || attempts > 0) return lastRecipients ?? {};
  const standings = Object.entries((await recipientsOfRunBefore(database, deliveryId, run)) ?? {});
  const accepted = standings.filter(([, { state }]) => state === 'accepted');
  return accepted.length === standings.length ? {} : Object.fromEntries(accepted);
}

interface Sent {
  readonly input: AttemptInput;
  readonly call: AttemptCall;
  readonly material: SendableMaterial;
  readonly prepared: Sendable;
  readonly reply: SendReply;
  /** When it was begun, by `performance.now()`. */
  readonly startedMs: number;
}

/** Milliseconds until the delivery expires when that comes before its next attempt; undefined when it does not. */
function expiryWithin(waitMs: number, { material: { expiresInMs }, startedMs }: Sent): number | undefined {
  if (expiresInMs === null) return undefined;
  const leftMs = Math.max(0, expiresInMs - (performance.now() - startedMs));
  return leftMs <= waitMs ? leftMs : undefined;
}

/** Milliseconds the receiver asks to be left alone; null when it does not say, or not in a way that counts. */
function retryAfterOf({ service }: SendableMaterial, reply: SendReply): number | null {
  if (!heedsRetryAfter(reply.status)) return null;
  const said = service === 'web' ? null : retryAfterInBody(reply.body.toString('utf8'));
  return said ?? parseRetryAfter(reply.retryAfter, Date.now());
}

/** A probe uses nothing up: what fails while its hook is off is held again, however often. */
function unlessProbing(probing: boolean, step: NextStep): NextStep {
  return probing && step.kind === 'settle' && step.state === 'exhausted' ? { kind: 'wait', waitMs: 0 } : step;
}

async function recordReply(dependencies: AttemptDependencies, sent: Sent): Promise<AttemptReport> {
  const { input, call, material, prepared, reply } = sent;
  const { memory, log } = dependencies;
  const interrupted = isInterrupted(input, call) || material.begun;
  const verdict = judgeAttempt(reply.outcome, reply.status);
  const retryAfterMs = retryAfterOf(material, reply);
  const schedule = scheduleOf(material);
  const { attemptsBefore, probing } = material;
  const judged = { verdict, attempt: input.attempt, schedule, retryAfterMs, attemptsBefore };
  const step = unlessProbing(probing, stepAfter({ ...judged, chance: Math.random() }));
  const expiryMs = step.kind === 'wait' ? expiryWithin(step.waitMs, sent) : undefined;
  const byHand = input.attempt > 1 && material.forcedAttempt === input.attempt;
  const shown = prepared.kind === 'message' ? prepared.shown : { headers: {}, body: null };
  const record = {
    deliveryId: input.deliveryId,
    run: input.run,
    attempt: input.attempt,
    hookId: material.hookId,
    eventId: material.eventId,
    eventType: material.eventType,
    outcome: reply.outcome,
    statusCode: reply.status,
    error: reply.error,
    retryAfterMs,
    requestHeaders: shown.headers,
    requestBody: shown.body,
    recipients: reply.recipients ?? null,
    responseHeaders: reply.headers,
    responseBody: material.storeResponseBody ? reply.body : null,
    responseTruncated: reply.truncated,
    interrupted,
    durationMs: reply.durationMs,
    nextState: step.kind === 'wait' ? ('waiting' as const) : step.state,
    waitMs: step.kind === 'wait' ? step.waitMs : null,
    byHand,
    counts: input.run === 0 && !material.byHand && !byHand,
    halfUsed: isHalfUsed(schedule, input.attempt),
  };
  const state = await persist(() => memory.record(record), { signal: call.signal, log });
  log[call.inGroup && verdict === 'delivered' ? 'debug' : 'info'](
    {
      deliveryId: input.deliveryId,
      run: input.run,
      attempt: input.attempt,
      webhookId: material.hookId,
      eventId: material.eventId,
      eventType: material.eventType,
      outcome: reply.outcome,
      statusCode: reply.status,
      durationMs: Math.round(reply.durationMs),
      interrupted,
      state,
    },
    'delivery.attempted',
  );
  return {
    kind: 'attempted',
    attempt: input.attempt,
    verdict,
    outcome: reply.outcome,
    status: reply.status,
    schedule,
    retryAfterMs,
    dueInMs: expiryMs ?? record.waitMs,
    held: state === 'held',
    ...(expiryMs === undefined ? {} : { expires: true }),
    ...anewOf(material),
  };
}
