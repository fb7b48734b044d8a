/** What producers send and what they are answered. The payloads themselves are checked by intake/. */
import { z } from 'zod';
import { intakeLimits } from '#domain/limits.ts';
import { errorBody, uuid } from './common.ts';

/** Where an event goes: the repository and the event's type. */
export const eventParams = z.object({
  owner: z.string().meta({ example: 'octo' }),
  repo: z.string().meta({ example: 'hello' }),
  type: z.string().meta({ description: 'An event of the catalogue', example: 'star.added' }),
});

const deliverAt = z.string().meta({
  description: `ISO 8601 with Z or an offset: the deliveries are not attempted before, at most ${intakeLimits.deliverAheadDays} days ahead`,
  example: '2026-11-24T08:00:00Z',
});

const expiresAt = z.string().meta({
  description:
    'ISO 8601 with Z or an offset, ahead and after the time to deliver at: a delivery that has not succeeded by then expires',
  example: '2026-11-25T08:00:00+01:00',
});

const orderKey = z
  .string()
  .max(intakeLimits.orderKeyLength)
  .meta({
    description:
      'Deliveries of one webhook with the same key go out one after the other, in the order of acceptance: each is ' +
      'attempted when those before it have ended. To skip one that is in the way, cancel it',
    example: 'issue-42',
  });

/** Headers a producer may send. */
export const eventHeaders = z.object({
  'Idempotency-Key': z.string().max(intakeLimits.idempotencyKeyLength).optional().meta({
    description: 'The same key with the same body is accepted once in 24 hours',
    example: 'push-4711',
  }),
  'X-Holdfast-Deliver-At': deliverAt.optional(),
  'X-Holdfast-Expires-At': expiresAt.optional(),
  'X-Holdfast-Order-Key': orderKey.optional(),
});

/** A payload, for the document. */
export const documentedPayload = z.looseObject({}).meta({
  id: 'EventPayload',
  description: 'The payload of the event, at most 256 KiB. These bytes are signed and delivered as they are.',
  example: {
    repository: { id: '1', owner: 'octo', name: 'hello', url: 'https://example.com/octo/hello' },
    sender: { id: '7', username: 'octo' },
  },
});

/** What a producer is answered for one event. */
export const receipt = z
  .object({
    id: uuid,
    type: z.string(),
    deliveries: z.array(z.object({ id: uuid, webhookId: uuid })),
  })
  .meta({ id: 'EventReceipt' });

/** One event of a batch, loosely: each is checked on its own, so that one that is wrong does not stop the others. */
export const batchBody = z
  .array(z.unknown())
  .min(1)
  .max(intakeLimits.batchItems)
  .meta({
    id: 'EventBatch',
    description:
      'Each item `{repository: "owner/name", type, payload | payloadText, idempotencyKey?, deliverAt?, expiresAt?, orderKey?}`. ' +
      '`payload` is a JSON value, written once on acceptance; `payloadText` is a text kept as given.',
    example: [{ repository: 'octo/hello', type: 'star.added', payloadText: '{}' }],
  });

/** What is answered for each item of a batch, in order. */
export const batchResult = z
  .union([
    z.object({ status: z.literal(202), ...receipt.shape }),
    z.object({ status: z.number(), ...errorBody.shape }),
  ])
  .meta({ id: 'EventBatchResult' });
