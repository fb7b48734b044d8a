/** What a hook's service has to say to changes of the hook. */
import type { Hook } from '#db/entities/hook.ts';
import { refuseFields } from '#domain/refusals.ts';
import type { ServiceDeclaration } from '#domain/services/service.ts';
import { unsupportedBy } from '#domain/subscriptions.ts';
import type { WebhookSettings } from './schemas/webhooks.ts';

/** Settings of the requests that web hooks alone send. */
const requestSettings = ['template', 'headers', 'format'] as const;

/** Refuses settings that a hook's service has no use for, rather than keep them without effect. */
export function refuseForeign(hook: Hook, settings: WebhookSettings): void {
  const foreign = requestSettings.filter((name) => settings[name] !== undefined && settings[name] !== null);
  if (hook.service === 'web' || foreign.length === 0) return;
  const message = `A hook of the service ${hook.service} has no such setting`;
  throw refuseFields(foreign.map((path) => ({ path, message })));
}

/** Refuses events that a service cannot carry, by name. */
export function checkSupported(service: ServiceDeclaration, events: readonly string[]): void {
  const refused = unsupportedBy(service, events);
  if (refused.length === 0) return;
  throw refuseFields(
    refused.map((name) => ({
      path: 'events',
      message: `The service ${service.name} does not support ${JSON.stringify(name)}`,
    })),
  );
}
