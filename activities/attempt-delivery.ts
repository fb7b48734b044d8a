/**
 * One attempt of one delivery: load the freshest settings, send, record, and tell the workflow what happened as data.
 * A receiver's failure is a value here; only our own faults throw, and Temporal then calls again.
 */
import { stepAfter } from '#domain/delivery.ts';
import { attemptLimits } from '#domain/limits.ts';
import { parseRetryAfter } from '#domain/retry-after.ts';
import { defaultSchedule } from '#domain/schedule.ts';
import { heedsRetryAfter, judgeAttempt } from '#domain/verdict.ts';
import type { Executor } from '#db/query.ts';
import type { SecretBox } from '#platform/secret-box.ts';
import type { AttemptMemory } from './attempt-memory.ts';
import type { AttemptInput, AttemptReport } from './attempt-report.ts';
import { buildRequest, type BuiltRequest } from './build-request.ts';
import { persist } from './persist.ts';
import { findStanding, type SendableMaterial } from './standing.ts';
import type { ReceiverPace } from './receiver-pace.ts';
import type { HttpReply, HttpTransport } from './transports/http/http-transport.ts';

/** What an attempt needs. */
export interface AttemptDependencies {
  readonly database: Executor;
  readonly memory: AttemptMemory;
  readonly transport: HttpTransport;
  readonly pace: ReceiverPace;
  readonly secrets: SecretBox;
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
  const { database, memory, holdDays, secrets, transport, pace } = dependencies;
  const loaded = await (call.uncounted ? memory.begin(input.deliveryId) : memory.load(input.deliveryId));
  const standing = await findStanding(database, holdDays, input, loaded);
  if (standing.kind === 'report') return standing.report;
  const { material } = standing;
  const request = buildRequest(input.deliveryId, material, secrets, Date.now());
  const reply = await pace.time(material.hookId, () =>
    transport.send({
      url: request.url,
      headers: request.headers,
      body: request.body,
      timeoutMs: material.timeoutSeconds * 1000,
      keepBytes: attemptLimits.responseBytes,
      scope: material.hookId,
      signal: call.signal,
    }),
  );
  return recordReply(dependencies, { input, call, material, request, reply });
}

interface Sent {
  readonly input: AttemptInput;
  readonly call: AttemptCall;
  readonly material: SendableMaterial;
  readonly request: BuiltRequest;
  readonly reply: HttpReply;
}

async function recordReply(dependencies: AttemptDependencies, sent: Sent): Promise<AttemptReport> {
  const { input, call, material, request, reply } = sent;
  const { memory, log } = dependencies;
  const interrupted = call.interrupted || material.begun;
  const verdict = judgeAttempt(reply.outcome, reply.status);
  const retryAfterMs = heedsRetryAfter(reply.status) ? parseRetryAfter(reply.retryAfter, Date.now()) : null;
  const schedule = material.schedule ?? defaultSchedule;
  const step = stepAfter({ verdict, attempt: input.attempt, schedule, retryAfterMs });
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
    requestHeaders: request.shownHeaders,
    responseHeaders: reply.headers,
    responseBody: material.storeResponseBody ? reply.body : null,
    responseTruncated: reply.truncated,
    interrupted,
    durationMs: reply.durationMs,
    nextState: step.kind === 'wait' ? ('waiting' as const) : step.state,
    waitMs: step.kind === 'wait' ? step.waitMs : null,
    counts: input.run === 0,
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
    dueInMs: null,
    held: state === 'held',
  };
}
