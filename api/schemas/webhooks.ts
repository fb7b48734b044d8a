/** What hooks look like going in and coming out. */
import { z } from 'zod';
import { hookFormats } from '#domain/formats.ts';
import { checkHookHeaders } from '#domain/hook-headers.ts';
import { drainLimits, hookLimits } from '#domain/limits.ts';
import { unknownEvent } from '#domain/near-matches.ts';
import { subscriptionNames } from '#domain/subscriptions.ts';
import { limitInput, storableText, time, timeInput, uuid } from './common.ts';

const known = new Set(subscriptionNames);

/** The name of an event, of a family of them, or `*`. */
export const eventName = z.string().superRefine((name, context) => {
  if (known.has(name)) return;
  context.addIssue({ code: 'custom', message: unknownEvent(name, subscriptionNames) });
});

const events = z
  .array(eventName)
  .min(1, 'must name at least one event')
  .max(hookLimits.events)
  .meta({
    description:
      'Events by name, families such as `issues`, or `*`; operational events such as `hook.disabled` by name only',
    example: ['issues.opened', 'push'],
  });

const { schedule: bounds, timeoutSeconds: timeouts } = hookLimits;

const schedule = z
  .array(z.int().min(bounds.leastSeconds).max(bounds.mostSeconds))
  .max(bounds.delays)
  .refine(
    (delays) => delays.reduce((sum, delay) => sum + delay, 0) <= bounds.totalSeconds,
    'must be 90 days in all at most',
  )
  .meta({
    description:
      'Seconds between attempts, give or take a tenth; the default ones are exact. A change reaches deliveries that wait.',
    example: [60, 300, 1800, 7200, 21_600],
  });

const headers = z
  .record(z.string(), z.string())
  .superRefine((value, context) => {
    for (const { path, message } of checkHookHeaders(value)) {
      context.addIssue({
        code: 'custom',
        path: path === 'headers' ? [] : [path.slice('headers.'.length)],
        message,
      });
    }
  })
  .meta({
    description: 'Headers sent with every request; values are kept encrypted and never shown',
    example: { 'X-Team': 'blue' },
  });

/** A JSONata expression; whether it can be read, and works, is tried before it is kept. */
export const expression = z.string().min(1).meta({ example: '{ "text": repository.name }' });

const orderKeyPath = storableText
  .max(hookLimits.orderKeyPathLength)
  .regex(/^[^.]+(\.[^.]+)*$/, 'must be names with single dots between them')
  .meta({
    description:
      'Where the payloads of events that bring no order key of their own hold it, as a dotted path: deliveries of the ' +
      'same key go out one after the other',
    example: 'issue.number',
  });

/** Settings that may be given at creation and changed afterwards. */
const settings = {
  events: events.optional(),
  active: z.boolean().optional(),
  format: z.enum(hookFormats).optional(),
  schedule: schedule.nullable().optional(),
  timeoutSeconds: z.int().min(timeouts.least).max(timeouts.most).optional(),
  headers: headers.nullable().optional(),
  filter: expression.nullable().optional().meta({
    description: 'JSONata over the payload, as the format has it; what it finds false is not sent',
  }),
  template: expression.nullable().optional().meta({
    description:
      "JSONata over the payload, as the format has it; its result is the body of a web hook's requests",
  }),
  storeResponseBody: z.boolean().optional(),
  probeWhenDisabled: z.boolean().optional().meta({
    description:
      'When its failures have disabled it: try one held delivery now and then; one that is delivered enables it again',
  }),
  disableAfterConsecutiveFailures: z.int().min(1).max(hookLimits.consecutiveFailures).nullable().optional(),
  orderKey: orderKeyPath.nullable().optional(),
  rateLimitPerSecond: z
    .number()
    .min(hookLimits.rateLimitPerSecond.least)
    .max(hookLimits.rateLimitPerSecond.most)
    .nullable()
    .optional()
    .meta({
      description:
        'Requests a second that the receiver is sent at the most, retries and attempts by hand included; null for any ' +
        'number. What is beyond it waits for its turn. A change gives those that wait new turns.',
      example: 5,
    }),
  maxInFlight: z.int().min(1).max(hookLimits.maxInFlight).nullable().optional().meta({
    description: 'Requests under way to the receiver at once at the most; null for any number',
    example: 2,
  }),
};

const url = z
  .string()
  .meta({ description: 'Where requests go; http or https', example: 'https://example.com/hook' });

/** The body that creates a hook. */
export const createWebhookBody = z.strictObject({ url, ...settings }).meta({ id: 'CreateWebhook' });

/** The body that changes a hook. */
export const patchWebhookBody = z
  .strictObject({ url: url.optional(), ...settings })
  .meta({ id: 'PatchWebhook' });

/** The settings of a hook as a body may give them. */
export type WebhookSettings = z.output<typeof patchWebhookBody>;

/** A hook as it is shown. */
export const webhook = z
  .object({
    id: uuid,
    repositoryId: z.string(),
    service: z.string().meta({ example: 'web' }),
    url: z.string().nullable().meta({
      description: 'Null for services without one; only the host where the whole address is a secret',
    }),
    settings: z
      .record(z.string(), z.union([z.string(), z.boolean()]))
      .meta({ description: "The service's settings; passwords are masked" }),
    events: z.array(z.string()),
    active: z.boolean(),
    format: z.enum(hookFormats),
    schedule: z.array(z.number()),
    timeoutSeconds: z.number(),
    headers: z.record(z.string(), z.string()).meta({ description: 'Names with masked values' }),
    filter: z.string().nullable(),
    template: z.string().nullable(),
    storeResponseBody: z.boolean(),
    disableAfterConsecutiveFailures: z.number().nullable(),
    probeWhenDisabled: z.boolean(),
    pausedAt: time.nullable(),
    pausedUntil: time.nullable().meta({ description: 'When the pause ends by itself' }),
    drain: z
      .object({
        since: time,
        ratePerSecond: z.number(),
        drained: z.number().meta({ description: 'Held deliveries that went out so far' }),
        total: z.number().meta({ description: 'Those and the ones still held, as last counted' }),
      })
      .nullable()
      .meta({ description: 'Set while held deliveries go out in order after a pause' }),
    orderKey: z.string().nullable(),
    rateLimitPerSecond: z.number().nullable(),
    maxInFlight: z.number().nullable(),
    lastDeliveryAt: time.nullable(),
    lastDeliveryStatus: z.enum(['success', 'failed']).nullable(),
    failureCount: z.number(),
    disabledAt: time.nullable(),
    disabledReason: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Webhook' });

/** A hook with its secret, as shown once. */
export const webhookWithSecret = webhook
  .extend({
    secret: z.string().meta({ description: 'Shown this once' }),
    standardSecret: z.string().meta({ description: 'The same key as Standard Webhooks libraries want it' }),
  })
  .meta({ id: 'WebhookWithSecret' });

/** The body that pauses a hook. */
export const pauseBody = z
  .strictObject({
    hold: z.boolean().default(true).meta({ description: 'False to pass over what is reported meanwhile' }),
    until: timeInput.optional().meta({ description: 'When it goes on by itself' }),
  })
  .meta({ id: 'PauseWebhook' });

/** The body that lets a paused hook go on. */
export const resumeBody = z
  .strictObject({
    ratePerSecond: z
      .number()
      .min(drainLimits.ratePerSecond.least)
      .max(drainLimits.ratePerSecond.most)
      .default(drainLimits.ratePerSecond.standard)
      .meta({ description: 'Held deliveries that go out a second' }),
  })
  .meta({ id: 'ResumeWebhook' });

/** The body that rotates a secret. */
export const rotateSecretBody = z
  .strictObject({
    overlapHours: z
      .number()
      .min(0)
      .max(hookLimits.rotationOverlapHours.most)
      .default(hookLimits.rotationOverlapHours.standard)
      .meta({ description: 'Hours for which the old secret signs as well', example: 24 }),
  })
  .meta({ id: 'RotateSecret' });

/** What a rotation answers. */
export const rotatedSecret = z
  .object({ secret: z.string(), standardSecret: z.string(), previousSecretUntil: time.nullable() })
  .meta({ id: 'RotatedSecret' });

/** How a listing of attempts is narrowed. */
export const attemptsQuery = z.strictObject({
  cursor: z.string().optional(),
  limit: limitInput.optional(),
  event: storableText.max(100).optional(),
  outcome: storableText
    .max(50)
    .optional()
    .meta({ description: '`delivered`, an error code, or `failed` for every failure' }),
  since: timeInput.optional(),
  until: timeInput.optional(),
});

/** One attempt in a hook's list. */
export const hookAttempt = z
  .object({
    id: uuid,
    deliveryId: uuid,
    attempt: z.number(),
    webhookId: uuid,
    eventType: z.string(),
    payload: z.unknown(),
    statusCode: z.number().nullable(),
    response: z.string().nullable(),
    responseTruncated: z.boolean(),
    deliveredAt: time,
    durationMs: z.number(),
    outcome: z.string(),
    interrupted: z.boolean(),
  })
  .meta({ id: 'HookAttempt' });

/** How a hook's attempts have fared. */
export const webhookStats = z
  .object({ total: z.number(), success: z.number(), failed: z.number(), successRate: z.number() })
  .meta({ id: 'WebhookStats' });
