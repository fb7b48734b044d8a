/** Shows a hook. Never a secret; of custom headers only the names. */
import { mask } from '#domain/mask.ts';
import { defaultSchedule } from '#domain/schedule.ts';
import type { Hook } from '#db/entities/hook.ts';

/** A hook as JSON, with the names of its custom headers. */
export function presentWebhook(hook: Hook, repositoryId: string, headerNames: readonly string[]) {
  return {
    id: hook.id,
    repositoryId,
    service: hook.service,
    url: hook.url,
    events: hook.events,
    active: hook.active,
    format: hook.format,
    schedule: hook.schedule ?? defaultSchedule,
    timeoutSeconds: hook.timeoutSeconds,
    headers: Object.fromEntries(headerNames.map((name) => [name, mask])),
    storeResponseBody: hook.storeResponseBody,
    disableAfterConsecutiveFailures: hook.disableAfterConsecutiveFailures ?? null,
    lastDeliveryAt: hook.lastDeliveryAt ?? null,
    lastDeliveryStatus: hook.lastDeliveryStatus ?? null,
    failureCount: hook.failureCount,
    disabledAt: hook.disabledAt ?? null,
    disabledReason: hook.disabledReason ?? null,
    createdAt: hook.createdAt,
    updatedAt: hook.updatedAt,
  };
}
