/** What deliveries look like, and how a listing of them is narrowed. */
import { z } from 'zod';
import { deliveryStates } from '#domain/delivery.ts';
import { limitInput, storableText, time, timeInput, uuid } from './common.ts';

const deliveryAttempt = z
  .object({
    id: uuid,
    run: z.number(),
    attempt: z.number(),
    outcome: z.string(),
    message: z.string(),
    statusCode: z.number().nullable(),
    startedAt: time,
    endedAt: time,
    durationMs: z.number(),
    interrupted: z.boolean().meta({
      description: 'True when an earlier try of it died, so that the receiver may have seen it before',
    }),
    request: z.object({ headers: z.record(z.string(), z.string()), body: z.string().nullable() }),
    response: z
      .object({
        headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
        body: z.string().nullable(),
        truncated: z.boolean(),
      })
      .nullable(),
  })
  .meta({ id: 'DeliveryAttempt' });

/** A delivery in a list. */
export const delivery = z
  .object({
    id: uuid,
    eventId: uuid,
    eventType: z.string(),
    webhookId: uuid,
    repository: z.object({ owner: z.string(), name: z.string() }),
    state: z.enum(deliveryStates),
    reason: z.string().meta({ description: 'Why it is in this state, in words' }),
    run: z.number(),
    workflowId: z.string().meta({
      description:
        'The workflow that runs it, for the Temporal UI: its own, or that of the group that makes its first attempt',
    }),
    attemptCount: z.number(),
    lastOutcome: z.string().nullable(),
    lastStatusCode: z.number().nullable(),
    nextAttemptAt: time.nullable(),
    expiresAt: time.nullable().meta({ description: 'It is not attempted after this time' }),
    orderKey: z.string().nullable(),
    blockedBy: uuid
      .nullable()
      .meta({ description: 'The delivery with the same order key whose end it waits for' }),
    remainingSchedule: z
      .array(z.number())
      .meta({ description: 'Seconds between the attempts still to come' }),
    acceptedAt: time,
    firstAttemptAt: time.nullable(),
    settledAt: time.nullable(),
    source: z
      .enum(['live', 'stored'])
      .meta({ description: '`live`: asked from the workflow; `stored`: as last recorded' }),
  })
  .meta({ id: 'Delivery' });

/** A delivery with its attempts. */
export const deliveryDetail = delivery
  .extend({ attempts: z.array(deliveryAttempt) })
  .meta({ id: 'DeliveryDetail' });

/** How a listing of deliveries is narrowed. */
export const deliveriesQuery = z.strictObject({
  cursor: z.string().optional(),
  limit: limitInput.optional(),
  webhookId: uuid.optional().meta({ description: 'Deliveries of this webhook' }),
  eventId: uuid.optional().meta({ description: 'Deliveries of this event' }),
  event: storableText.max(100).optional().meta({ description: 'An event type' }),
  state: z
    .enum(deliveryStates)
    .exclude(['attempting'])
    .optional()
    .meta({ description: 'The recorded state' }),
  repository: storableText
    .regex(/^[^/]+\/[^/]+$/, 'must be owner/name')
    .optional()
    .meta({ example: 'octo/hello' }),
  since: timeInput.optional(),
  until: timeInput.optional(),
});
