/** Shows attempts. Replies of receivers are bytes from strangers: shown as text, never as anything that runs. */
import { formatBody, formBody, type HookFormat } from '#domain/formats.ts';
import { outcomeSentences, type Outcome } from '#domain/outcomes.ts';
import type { AttemptRow } from '#db/queries/attempts.ts';
import type { DeliveredEvent } from '#db/queries/find-delivered-event.ts';
import { JsonText } from '../json-text.ts';

function bodyText(attempt: AttemptRow): string | null {
  return attempt.responseBody === null ? null : attempt.responseBody.toString('utf8');
}

function sentence(attempt: AttemptRow): string {
  return attempt.error ?? outcomeSentences[attempt.outcome as Outcome];
}

/** A row of a hook's list in Sigmagit's shape, the payload word for word. */
export function presentHookAttempt(attempt: AttemptRow & { readonly payload: string | null }) {
  return {
    id: attempt.id,
    deliveryId: attempt.deliveryId,
    attempt: attempt.attempt,
    webhookId: attempt.webhookId,
    eventType: attempt.eventType,
    payload: attempt.payload === null ? null : new JsonText(attempt.payload),
    statusCode: attempt.statusCode,
    response: attempt.statusCode === null ? sentence(attempt) : bodyText(attempt),
    responseTruncated: attempt.responseTruncated,
    deliveredAt: attempt.endedAt,
    durationMs: attempt.durationMs,
    outcome: attempt.outcome,
    interrupted: attempt.interrupted,
  };
}

/** The format an attempt was made in, whatever its hook says today: the header that names the event tells. */
function formatOf({ requestHeaders }: AttemptRow): HookFormat {
  if (requestHeaders['X-Sigmagit-Event'] !== undefined) return 'sigmagit';
  return requestHeaders['X-Github-Event'] === undefined ? 'standard' : 'socialgateway';
}

/** What an attempt sent, as text; null when it sent nothing, or its event is past its retention. */
export function sentBody(attempt: AttemptRow, event: DeliveredEvent | undefined): string | null {
  if (attempt.requestBody !== null) return attempt.requestBody;
  const contentType = attempt.requestHeaders['Content-Type'];
  if (event === undefined || contentType === undefined) return null;
  const json = formatBody(formatOf(attempt), { ...event, acceptedAt: event.acceptedAt.toISOString() });
  return contentType === 'application/x-www-form-urlencoded' ? formBody(json) : json;
}

/** An attempt inside its delivery: what was sent, what came back, how long it took. */
export function presentDeliveryAttempt(attempt: AttemptRow, event: DeliveredEvent | undefined) {
  return {
    id: attempt.id,
    run: attempt.run,
    attempt: attempt.attempt,
    outcome: attempt.outcome,
    message: sentence(attempt),
    statusCode: attempt.statusCode,
    startedAt: attempt.startedAt,
    endedAt: attempt.endedAt,
    durationMs: attempt.durationMs,
    interrupted: attempt.interrupted,
    request: {
      headers: attempt.requestHeaders,
      body: sentBody(attempt, event),
    },
    response:
      attempt.statusCode === null
        ? null
        : {
            headers: attempt.responseHeaders ?? {},
            body: bodyText(attempt),
            truncated: attempt.responseTruncated,
          },
  };
}
