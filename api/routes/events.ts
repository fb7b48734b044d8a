/** The producers' door: events one at a time, their bytes kept, and in batches. */
import { z } from 'zod';
import { hasScope, type Caller, type Scope } from '#domain/access.ts';
import { readDeliveryTerms } from '#domain/delivery-terms.ts';
import { intakeLimits } from '#domain/limits.ts';
import { Refusal } from '#domain/refusals.ts';
import { checkIdempotencyKey, createIntake, type Acceptance, type IncomingEvent } from '#intake/accept.ts';
import { checkPayload, decodeUtf8, requireType } from '#intake/check-payload.ts';
import { readBatchItem } from '#intake/read-item.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { headerTerms, termsIn } from '../delivery-terms.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies } from '../schemas/common.ts';
import {
  batchBody,
  batchResult,
  documentedPayload,
  eventHeaders,
  eventParams,
  receipt,
} from '../schemas/events.ts';

const tag = 'Events';
const eventScopes: readonly Scope[] = ['events:write', 'platform'];

/** Who sends, for the database to compare with the repository. */
function senderOf(caller: Caller) {
  return { username: caller.username, isPlatform: hasScope(caller, ['platform']) };
}

function presentRefusal({ status, message, code, fields }: Refusal) {
  return { status, error: message, code, ...(fields === undefined ? {} : { fields }) };
}

/** The routes. */
export function eventRoutes({ database, holdDays, announceWaiting }: ApiDependencies): readonly AnyRoute[] {
  const intake = createIntake(database.pool, holdDays);
  const announce = (acceptance: Acceptance): void => {
    if (acceptance.kind === 'accepted' && acceptance.receipt.deliveries.length > 0) announceWaiting();
  };

  const send = defineRoute<z.output<typeof eventParams>, Record<string, never>, Buffer>({
    method: 'post',
    path: '/api/repositories/:owner/:repo/events/:type',
    tag,
    summary: 'Report an event',
    description: 'The body is the payload, and the bytes received are the bytes signed and delivered.',
    scopes: eventScopes,
    params: eventParams,
    requestHeaders: eventHeaders,
    body: { kind: 'raw', documentedAs: documentedPayload, limitBytes: intakeLimits.payloadBytes },
    replies: {
      202: { description: 'Committed; the deliveries are under way', schema: dataOf(receipt) },
      ...errorReplies(400, 401, 403, 404, 409, 413, 415, 422),
    },
    handle: async ({ params, body, caller, header, receivedMs }) => {
      const { owner, repo: name } = params;
      const type = requireType(params.type);
      const payload = decodeUtf8(body);
      const checked = checkPayload({ type, text: payload, owner, name });
      const key = header('Idempotency-Key');
      const incoming = {
        owner,
        name,
        ...checked,
        payload,
        idempotencyKey: key === undefined ? undefined : checkIdempotencyKey(key, 'Idempotency-Key'),
        idempotencyKeyPath: 'Idempotency-Key',
        terms: readDeliveryTerms(termsIn(header), headerTerms, receivedMs),
      };
      const [acceptance] = await intake.accept(senderOf(caller), [incoming]);
      if (acceptance === undefined) throw new Error('An event was neither accepted nor refused');
      if (acceptance.kind === 'refused') throw acceptance.refusal;
      announce(acceptance);
      return { status: 202, body: { data: acceptance.receipt } };
    },
  });

  const sendBatch = defineRoute({
    method: 'post',
    path: '/api/events',
    tag,
    summary: 'Report many events',
    description: 'Those that are right are accepted in one transaction; each gets its own result, in order.',
    scopes: eventScopes,
    body: { kind: 'json', schema: batchBody, limitBytes: intakeLimits.batchBytes },
    replies: {
      200: { description: 'One result an item', schema: dataOf(z.array(batchResult)) },
      ...errorReplies(400, 401, 403, 409, 413, 415, 422),
    },
    handle: async ({ body, caller }) => {
      const items = body.map(readBatchItem);
      const incoming = items.filter((item): item is IncomingEvent => !(item instanceof Refusal));
      const acceptances = [...(await intake.accept(senderOf(caller), incoming))];
      const results = items.map((item) => {
        if (item instanceof Refusal) return presentRefusal(item);
        const acceptance = acceptances.shift() as Acceptance;
        announce(acceptance);
        return acceptance.kind === 'refused'
          ? presentRefusal(acceptance.refusal)
          : { status: 202, ...acceptance.receipt };
      });
      return { status: 200, body: { data: results } };
    },
  });

  return [send, sendBatch];
}
