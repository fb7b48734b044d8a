/** Shows hooks and attempts in the shape of GitHub's hooks API. Never a secret. */
import type { Hook } from '#db/entities/hook.ts';
import type { AttemptEntry } from '#db/queries/attempt-entries.ts';
import type { AttemptRow } from '#db/queries/attempts.ts';
import type { LastResponse } from '#db/queries/last-responses.ts';
import { outcomeSentences, type Outcome } from '#domain/outcomes.ts';
import { gatewayName } from '#domain/rendering/event-name.ts';
import type { Settings } from '#domain/services/service.ts';
import { JsonText } from '../json-text.ts';

/** Where a hook is found. */
export interface HookPlace {
  /** Where callers reach this API, without a slash at the end. */
  readonly origin: string;
  readonly owner: string;
  readonly repo: string;
}

/** The address of a repository. */
export function repositoryAddress({ origin, owner, repo }: HookPlace): string {
  return `${origin}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;
}

/** The address of a hook. */
export function hookAddress(place: HookPlace, number: string): string {
  return `${repositoryAddress(place)}/hooks/${number}`;
}

/** Settings as texts, booleans as "0" and "1". */
export function presentConfig(config: Settings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? (value ? '1' : '0') : value,
    ]),
  );
}

/** A hook as JSON. */
export function presentHook(hook: Hook, place: HookPlace, config: Settings, last: LastResponse | undefined) {
  const address = hookAddress(place, String(hook.number));
  return {
    type: 'Repository' as const,
    id: Number(hook.number),
    name: hook.service,
    active: hook.active,
    events: hook.events,
    config: presentConfig(config),
    url: address,
    test_url: `${address}/test`,
    ping_url: `${address}/pings`,
    deliveries_url: `${address}/deliveries`,
    last_response: presentLast(last),
    created_at: hook.createdAt,
    updated_at: hook.updatedAt,
  };
}

function presentLast(last: LastResponse | undefined) {
  if (last === undefined) return { code: null, status: 'unused', message: null };
  const { outcome, statusCode: code } = last;
  return outcome === 'delivered'
    ? { code, status: 'active', message: 'OK' }
    : { code, status: outcome, message: sentenceOf(last) };
}

function sentenceOf({ error, outcome }: Pick<AttemptRow, 'error' | 'outcome'>): string {
  return error ?? outcomeSentences[outcome as Outcome];
}

/** An attempt as JSON: an entry of its own, under the id of its delivery. */
export function presentAttempt(attempt: AttemptEntry, repositoryId: number | null) {
  const { name, action = attempt.action } = gatewayName(attempt.eventType);
  return {
    id: Number(attempt.number),
    guid: attempt.deliveryId,
    delivered_at: attempt.endedAt,
    redelivery: attempt.run > 0 || attempt.byHand,
    duration: attempt.durationMs / 1000,
    status: attempt.outcome === 'delivered' ? 'OK' : sentenceOf(attempt),
    status_code: attempt.statusCode ?? 0,
    event: name,
    action,
    installation_id: null,
    repository_id: repositoryId,
    throttled_at: null,
  };
}

/**
 * An attempt with what was sent and what came back.
 *
 * @param body what was sent, as text; null when it is gone
 */
export function presentAttemptDetail(
  attempt: AttemptRow & AttemptEntry,
  { url, repositoryId, body }: { url: string | null; repositoryId: number | null; body: string | null },
) {
  return {
    ...presentAttempt(attempt, repositoryId),
    url,
    request: {
      headers: attempt.requestHeaders,
      payload: body === null ? null : presentBody(attempt, body),
    },
    response: {
      headers: attempt.responseHeaders === null ? null : joined(attempt.responseHeaders),
      payload: attempt.responseBody === null ? null : attempt.responseBody.toString('utf8'),
    },
  };
}

/** A JSON body word for word, a form's too; any other as text. */
function presentBody({ requestHeaders }: AttemptRow, body: string): unknown {
  const type = requestHeaders['Content-Type'];
  if (type === 'application/x-www-form-urlencoded') {
    const payload = new URLSearchParams(body).get('payload');
    return payload === null ? body : new JsonText(payload);
  }
  return type === 'application/json' ? new JsonText(body) : body;
}

function joined(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value.join(', '),
    ]),
  );
}
