/** What goes in and comes out of the routes in GitHub's shape. Built only of what GitHub's own clients know. */
import { z } from 'zod';
import { subscriptionNames } from '#domain/subscriptions.ts';
import { hookLimits } from '#domain/limits.ts';
import type { ReplyDeclaration } from '../route.ts';
import { repositoryParams, time } from '../schemas/common.ts';

/** A whole number that clients keep as a number. */
const integer = z.int().meta({ example: 7 });

const pathNumber = z.string().meta({ example: '7' });

/** Parameters of the routes about one hook. */
export const hookParams = repositoryParams.extend({ hook_id: pathNumber });

/** Parameters of the routes about one attempt. */
export const deliveryParams = hookParams.extend({ delivery_id: pathNumber });

const wholeNumber = (most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform((text) => Math.min(Math.max(1, Number(text)), most));

/** How many entries a page holds; more than the most is the most. */
const perPage = wholeNumber(100)
  .optional()
  .meta({ description: 'Entries a page: 30, at most 100', example: '30' });

/** Pages by number. */
export const pageQuery = z.object({
  page: wholeNumber(100_000).optional().meta({ description: 'From 1', example: '1' }),
  per_page: perPage,
});

/** Pages by cursor. */
export const cursorQuery = z.object({
  cursor: z.string().optional().meta({ description: 'From the `Link` header of the page before' }),
  per_page: perPage,
});

/** An event list; which names there are, and which a service carries, is said by name. */
const events = z
  .array(z.string())
  .max(hookLimits.events)
  .meta({
    description: `Names of events, families and \`*\`: ${subscriptionNames.join(', ')}`,
    example: ['push'],
  });

const config = z.record(z.string(), z.unknown()).meta({
  description: "The service's settings; a password that reads `********` stays as it is",
  example: { url: 'https://example.com/hook', content_type: 'json', secret: 'a long secret' },
});

/** The body that creates a hook. */
export const createHookBody = z
  .object({
    name: z.string().optional().meta({ description: 'The service; `web` if not given', example: 'web' }),
    config,
    events: events.optional(),
    active: z.boolean().optional(),
  })
  .meta({ id: 'GitHubCreateHook' });

/** The body that changes a hook. */
export const updateHookBody = z
  .object({
    config: config.optional(),
    events: events.optional(),
    add_events: events.optional(),
    remove_events: events.optional(),
    active: z.boolean().optional(),
  })
  .meta({ id: 'GitHubUpdateHook' });

/** A hook's settings as they are shown: texts only, booleans as "0" and "1", passwords masked. */
export const shownConfigSchema = z
  .record(z.string(), z.string())
  .meta({ id: 'GitHubHookConfig', example: { url: 'https://example.com/hook', insecure_ssl: '0' } });

/** The body that changes some settings of a web hook. */
export const updateConfigBody = config;

const address = z.string().meta({ example: 'http://127.0.0.1:3400/repos/octo/hello/hooks/7' });

/** A hook. */
export const gitHubHook = z
  .object({
    type: z.literal('Repository'),
    id: integer,
    name: z.string().meta({ description: 'The service', example: 'web' }),
    active: z.boolean(),
    events: z.array(z.string()),
    config: shownConfigSchema,
    url: address,
    test_url: address,
    ping_url: address,
    deliveries_url: address,
    last_response: z.object({
      code: z.int().nullable(),
      status: z.string().nullable(),
      message: z.string().nullable(),
    }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'GitHubHook' });

/** An attempt in a list. */
export const gitHubDelivery = z
  .object({
    id: integer,
    guid: z.string().meta({ description: "The delivery's id, the same for each of its attempts" }),
    delivered_at: time,
    redelivery: z.boolean(),
    duration: z.number().meta({ description: 'Seconds' }),
    status: z.string(),
    status_code: z.int().meta({ description: '0 when there was no answer' }),
    event: z.string(),
    action: z.string().nullable(),
    installation_id: z.null(),
    repository_id: z.int().nullable(),
    throttled_at: z.null(),
  })
  .meta({ id: 'GitHubDelivery' });

/** An attempt with what was sent and what came back. */
export const gitHubDeliveryDetail = gitHubDelivery
  .extend({
    url: z.string().nullable(),
    request: z.object({
      headers: z.record(z.string(), z.string()).nullable(),
      payload: z.unknown().nullable(),
    }),
    response: z.object({
      headers: z.record(z.string(), z.string()).nullable(),
      payload: z.string().nullable(),
    }),
  })
  .meta({ id: 'GitHubDeliveryDetail' });

/** An event of the Events API. */
export const gitHubEvent = z
  .object({
    id: z.string(),
    type: z.string().meta({ example: 'PushEvent' }),
    actor: z.object({ login: z.string() }),
    repo: z.object({ id: z.union([z.int(), z.string()]), name: z.string(), url: z.string() }),
    payload: z.record(z.string(), z.unknown()),
    public: z.boolean(),
    created_at: time,
  })
  .meta({ id: 'GitHubEvent' });

/** A service in the catalogue. */
export const catalogueService = z
  .object({
    name: z.string(),
    events: z.array(z.string()).meta({ description: 'The events of a hook whose owner names none' }),
    supported_events: z.array(z.string()),
    title: z.string(),
    schema: z.array(z.tuple([z.enum(['string', 'password', 'boolean']), z.string()])).meta({
      description: 'Type and name of each setting',
      example: [['string', 'url']],
    }),
  })
  .meta({ id: 'Service' });

/** The form by which PubSubHubbub subscribes. */
export const hubForm = z
  .object({
    'hub.mode': z.enum(['subscribe', 'unsubscribe']),
    'hub.topic': z.string().max(2048).meta({ example: 'http://127.0.0.1:3400/octo/hello/events/push.json' }),
    'hub.callback': z.string().max(4096).meta({
      description: '`http(s)://…`, or `github://service?field=value`',
      example: 'https://example.com/hook',
    }),
    'hub.secret': z.string().max(1024).optional(),
  })
  .meta({ id: 'HubSubscription' });

const gitHubError = z
  .object({
    message: z.string().meta({ example: 'Not Found' }),
    errors: z
      .array(z.object({ resource: z.string(), field: z.string(), code: z.string(), message: z.string() }))
      .optional(),
  })
  .meta({ id: 'GitHubError' });

const descriptions: Readonly<Record<number, string>> = {
  400: 'The body is not JSON, or a cursor is not one of ours',
  401: 'Bad credentials',
  403: "The token's scopes do not reach",
  404: 'There is no such thing, or it is not yours to know of',
  409: 'It is in the way of something else',
  413: 'Too large',
  415: 'Compressed bodies are not accepted',
  422: 'Validation Failed; `errors` says which fields',
  503: 'Something of ours is away; try again after `Retry-After`',
};

/** Declarations of the error replies of a route in GitHub's shape. 503 is always among them. */
export function gitHubErrors(...statuses: readonly number[]): Record<number, ReplyDeclaration> {
  return Object.fromEntries(
    [...statuses, 503].map((status) => [
      status,
      {
        description: descriptions[status] ?? 'An error',
        schema: gitHubError,
        ...(status === 503 ? { headers: z.object({ 'Retry-After': z.string() }) } : {}),
      },
    ]),
  );
}

/** The header of a listing's reply. */
export const linkHeader = z.object({ Link: z.string().optional() });
