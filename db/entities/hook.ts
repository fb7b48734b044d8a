/**
 * A repository's subscription: where events go, how they are made up, and how its deliveries have fared.
 * Secrets are kept encrypted and are never loaded by listings for show.
 */
import { defineEntity, p, type InferEntity } from '@mikro-orm/postgresql';
import type { HookFormat } from '#domain/formats.ts';
import type { Settings } from '#domain/services/service.ts';
import { RepositoryEntity } from './repository.ts';

export const HookEntity = defineEntity({
  name: 'Hook',
  tableName: 'hook',
  properties: {
    id: p.uuid().primary().defaultRaw('uuidv7()'),
    number: p.bigint('string').unique().autoincrement().persist(false),
    repository: () => p.manyToOne(RepositoryEntity),
    service: p.text().default('web'),
    /** Where a web hook's requests go; null for every other service. */
    url: p.text().nullable(),
    /** The service's settings that may be shown. */
    settings: p.json().$type<Settings>(),
    /** The service's passwords as JSON, sealed; a web hook's secret has a column of its own. */
    secretSettings: p.blob().nullable(),
    /** JSONata that says of an event whether it is sent; null for all. */
    filter: p.text().nullable(),
    /** JSONata that makes the body of a web hook's requests; null for the format's own. */
    template: p.text().nullable(),
    /** Where an event's payload holds the key of its order, as a dotted path; null for hooks that keep none. */
    orderKey: p.text().nullable(),
    events: p.array().columnType('text[]'),
    format: p.text().$type<HookFormat>().default('sigmagit'),
    active: p.boolean().default(true),
    /** The secret, sealed; null for a hook without one. */
    secret: p.blob().nullable(),
    previousSecret: p.blob().nullable(),
    previousSecretUntil: p.datetime().columnType('timestamptz').nullable(),
    /** Custom request headers as JSON, sealed. */
    headers: p.blob().nullable(),
    /** Delays between attempts in seconds; null means the default schedule. */
    schedule: p
      .array((text) => Number(text))
      .columnType('integer[]')
      .nullable(),
    timeoutSeconds: p.smallint().default(30),
    storeResponseBody: p.boolean().default(true),
    disableAfterConsecutiveFailures: p.integer().nullable(),
    /** Since when its deliveries are kept back, whether it is on or not; null when they are not. */
    pausedAt: p.datetime().columnType('timestamptz').nullable(),
    /** When that ends by itself; null for when somebody says so. */
    pausedUntil: p.datetime().columnType('timestamptz').nullable(),
    /** Whether what is reported meanwhile is kept back, too, or passed over. */
    pauseHolds: p.boolean().default(true),
    /** Since when what was kept back goes out in order; null when nothing does. */
    drainingSince: p.datetime().columnType('timestamptz').nullable(),
    /** Deliveries a second. */
    drainRate: p.double().nullable(),
    drained: p.integer().default(0),
    /** What was drained and what was still held when it was last counted. */
    drainTotal: p.integer().default(0),
    /** When the last drain ended, for as long as somebody may not know it yet. */
    drainEndedAt: p.datetime().columnType('timestamptz').nullable(),
    /** True when it is on and not paused. */
    delivers: p.boolean().persist(false),
    /** Whether a delivery is tried now and then while its failures have turned it off. */
    probeWhenDisabled: p.boolean().default(false),
    probeAt: p.datetime().columnType('timestamptz').nullable(),
    probeCount: p.integer().default(0),
    probeDeliveryId: p.uuid().nullable(),
    /** Requests a second that its receiver is sent at the most; null for as many as there are. */
    rateLimitPerSecond: p.double().nullable(),
    /** Requests that may be under way to its receiver at once; null for any number. */
    maxInFlight: p.smallint().nullable(),
    disabledAt: p.datetime().columnType('timestamptz').nullable(),
    disabledReason: p.text().nullable(),
    failureCount: p.integer().default(0),
    /** Milliseconds its receiver takes to answer, smoothed; null before the first attempt. */
    replyMs: p.integer().nullable(),
    lastDeliveryAt: p.datetime().columnType('timestamptz').nullable(),
    lastDeliveryStatus: p.text().$type<'success' | 'failed'>().nullable(),
    lastSuccessAt: p.datetime().columnType('timestamptz').nullable(),
    /** True for the hook that a repository's address for notices owns; its owner does not know it as a hook. */
    internal: p.boolean().default(false),
    /** When its owner heard of its trouble and not yet of its end; null when there is none to end. */
    troubleToldAt: p.datetime().columnType('timestamptz').nullable(),
    /** When its owner was last told that it fails. */
    failingToldAt: p.datetime().columnType('timestamptz').nullable(),
    /** When its owner was last mailed that a delivery of it was exhausted. */
    exhaustedMailedAt: p.datetime().columnType('timestamptz').nullable(),
    createdAt: p.datetime().columnType('timestamptz').defaultRaw('now()'),
    updatedAt: p
      .datetime()
      .columnType('timestamptz')
      .defaultRaw('now()')
      .onUpdate(() => new Date()),
    deletedAt: p.datetime().columnType('timestamptz').nullable(),
  },
});

export type Hook = InferEntity<typeof HookEntity>;
