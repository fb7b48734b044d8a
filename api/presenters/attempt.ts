/** Shows attempts. Replies of receivers are bytes from strangers: shown as text, never as anything that runs. */
import { formatBody, type FormattedEvent, type HookFormat } from '#domain/formats.ts';
import { outcomeSentences, type Outcome } from '#domain/outcomes.ts';
import type { AttemptRow } from '#db/queries/attempts.ts';
import { JsonText } from '../json-text.ts';

function bodyText(attempt: AttemptRow): string | null {
  return attempt.responseBody === null ? null : attempt.responseBody.toString('utf8');
}

function sentence(attempt: AttemptRow): string {
  return attempt.error ?? outcomeSentences[attempt.outcome as Outcome];
}

/** A row of a hook's list: contract A's shape, the payload word for word. */
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

/** The format an attempt was made in, whatever its hook says today: only one of them names the event in a header. */
function formatOf({ requestHeaders }: AttemptRow): HookFormat {
  return requestHeaders['X-Sigmagit-Event'] === undefined ? 'standard' : 'sigmagit';
}

/** An attempt inside its delivery: what was sent, what came back, how long it took. */
export function presentDeliveryAttempt(attempt: AttemptRow, event: FormattedEvent | undefined) {
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
      body: event === undefined ? null : formatBody(formatOf(attempt), event),
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
