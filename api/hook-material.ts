/** What a hook's message is made of, from the hook as the API knows it. Secrets stay sealed. */
import type { Hook } from '#db/entities/hook.ts';
import type { Repository } from '#db/entities/repository.ts';
import { eventDeclarations, findEvent, type EventDeclaration } from '#domain/events.ts';
import { exampleNotice } from '#domain/notices.ts';
import { isOperational, type OperationalType } from '#domain/operational-events.ts';
import { examplePayload } from '#domain/example-payloads.ts';
import { shapeOf } from '#domain/payload-shape.ts';
import { namesReachedBy } from '#domain/subscriptions.ts';
import type { MessageMaterial } from '#outgoing/message-material.ts';
import { sealedBytes } from './hook-config.ts';
import { publicRepositoryId } from './hooks.ts';

/** An event for a message. */
export type MaterialEvent = Pick<MessageMaterial, 'eventType' | 'shape' | 'payload' | 'acceptedAt'>;

/** The material of an event for a hook. */
export function materialOf(hook: Hook, repository: Repository, event: MaterialEvent): MessageMaterial {
  const previousUntil = hook.previousSecretUntil ?? new Date(0);
  return {
    ...event,
    hookId: hook.id,
    hookNumber: String(hook.number),
    service: hook.service,
    settings: hook.settings,
    secretSettings: sealedBytes(hook.secretSettings),
    filter: hook.filter ?? null,
    template: hook.template ?? null,
    repositoryId: publicRepositoryId(repository),
    url: hook.url ?? null,
    format: hook.format,
    secret: sealedBytes(hook.secret),
    previousSecret: previousUntil > new Date() ? sealedBytes(hook.previousSecret) : null,
    headers: sealedBytes(hook.headers),
  };
}

/** The example of an event. */
export function exampleOf(event: EventDeclaration): MaterialEvent {
  return exampleWith(event.type, examplePayload(event));
}

function exampleOfNotice(type: OperationalType): MaterialEvent {
  return exampleWith(type, exampleNotice(type));
}

function exampleWith(eventType: string, payload: object): MaterialEvent {
  return {
    eventType,
    shape: shapeOf(payload),
    payload: JSON.stringify(payload),
    acceptedAt: new Date('2026-01-02T03:04:05Z'),
  };
}

/** Events whose examples stand for all others of a hook that listens to many. */
const tried = 8;

/** Examples of the events that a subscription reaches: the first few, and its operational ones. */
export function examplesFor(subscription: readonly string[]): readonly MaterialEvent[] {
  const examples = eventDeclarations
    .filter((event: EventDeclaration) => namesReachedBy(event).some((name) => subscription.includes(name)))
    .slice(0, tried)
    .map(exampleOf);
  return [...examples, ...subscription.filter(isOperational).map(exampleOfNotice)];
}

/** The example of an event by its type; that of a push unless there is such an event. */
export function exampleOfType(type: string | undefined): MaterialEvent | undefined {
  if (type !== undefined && isOperational(type)) return exampleOfNotice(type);
  const event = findEvent(type ?? 'push');
  return event === undefined ? undefined : exampleOf(event);
}
