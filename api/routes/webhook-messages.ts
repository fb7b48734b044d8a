/** What a hook sends, asked for by hand: a ping, and a look at what would be sent. */
import { z } from 'zod';
import { assertNever } from '#domain/assert-never.ts';
import { findEventById } from '#db/queries/events.ts';
import { mask } from '#domain/mask.ts';
import { shapeOf } from '#domain/payload-shape.ts';
import { Refusal, refuseFields } from '#domain/refusals.ts';
import { prepareMessage, type Prepared } from '#outgoing/prepare-message.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { exampleOfType, materialOf, type MaterialEvent } from '../hook-material.ts';
import { findManagedHook, type OwnedHook } from '../hooks.ts';
import { shownUrl } from '../hook-config.ts';
import { pingHook } from '../ping.ts';
import { defineRoute, type AnyRoute } from '../route.ts';
import { dataOf, errorReplies, idParams, uuid } from '../schemas/common.ts';
import { preview, previewBody, type PreviewWish } from '../schemas/previews.ts';
import { noDelivery } from '../try-expressions.ts';

const tag = 'Webhooks';

/** The routes. */
export function webhookMessageRoutes(dependencies: ApiDependencies): readonly AnyRoute[] {
  const ping = defineRoute({
    method: 'post',
    path: '/api/webhooks/:id/ping',
    tag,
    summary: 'Ping a webhook',
    description:
      'A delivery that is no event: tried once, never counted. Hooks of services that are not pinged answer null.',
    scopes: ['write:repo_hook'],
    params: idParams,
    replies: {
      202: {
        description: 'Under way',
        schema: dataOf(z.object({ deliveryId: uuid.nullable() })),
      },
      ...errorReplies(401, 403, 404),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ loaded: { hook, repository }, caller, origin }) => {
      const deliveryId = await pingHook(dependencies, hook, {
        repository,
        origin,
        username: caller.username,
      });
      return { status: 202, body: { data: { deliveryId: deliveryId ?? null } } };
    },
  });

  const look = defineRoute({
    method: 'post',
    path: '/api/webhooks/:id/preview',
    tag,
    summary: 'Show what would be sent',
    description:
      'For an accepted event, a payload of your own, or an example of an event type; nothing is sent. ' +
      '`filter` and `template` may be given to be tried before they are kept.',
    scopes: ['read:repo_hook'],
    params: idParams,
    body: { kind: 'json', schema: previewBody, optional: true },
    replies: {
      200: { description: 'What would be sent', schema: dataOf(preview) },
      ...errorReplies(400, 401, 403, 404, 413, 415, 422),
    },
    load: ({ id }, caller) => findManagedHook(dependencies, id, caller),
    handle: async ({ body, loaded }) => {
      const event = await findWished(dependencies, loaded, body);
      const material = {
        ...materialOf(loaded.hook, loaded.repository, event),
        ...(body.filter === undefined ? {} : { filter: body.filter }),
        ...(body.template === undefined ? {} : { template: body.template }),
      };
      const prepared = await prepareMessage(dependencies, noDelivery, material, Date.now());
      return {
        status: 200,
        body: { data: present(prepared, event, shownUrl(dependencies, loaded.hook)) },
      };
    },
  });

  return [ping, look];
}

async function findWished(
  { database }: ApiDependencies,
  { repository }: OwnedHook,
  { eventId, type, payload }: PreviewWish,
): Promise<MaterialEvent> {
  if (eventId !== undefined) {
    const event = await findEventById(database.pool, repository.id, eventId);
    if (event === undefined) throw new Refusal('not_found', 'Event not found');
    return { ...event, eventType: event.type };
  }
  const example = exampleOfType(type);
  if (example === undefined) {
    throw refuseFields([{ path: 'type', message: `There is no event ${JSON.stringify(type)}` }]);
  }
  return payload === undefined
    ? example
    : { ...example, shape: shapeOf(payload), payload: JSON.stringify(payload) };
}

/** Who may look at what would be sent may not yet be one who may sign it. */
function withoutSignatures(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, /signature/i.test(name) ? mask : value]),
  );
}

function present(prepared: Prepared, { eventType }: MaterialEvent, url: string | null) {
  switch (prepared.kind) {
    case 'message': {
      const { message, shown } = prepared;
      const body = shown.body ?? (message.transport === 'http' ? message.body.toString('utf8') : '');
      return {
        result: 'message',
        eventType,
        transport: message.transport,
        url,
        headers: withoutSignatures(shown.headers),
        body,
      };
    }
    case 'nothing':
      return { result: 'nothing', eventType, reason: prepared.reason };
    case 'failed':
      return { result: 'failed', eventType, reason: prepared.error };
    default:
      return assertNever(prepared);
  }
}
