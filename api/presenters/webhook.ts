/** Shows a hook. Never a secret; of custom headers only the names. */
import { mask } from '#domain/mask.ts';
import type { Settings } from '#domain/services/service.ts';
import { defaultSchedule } from '#domain/schedule.ts';
import type { Hook } from '#db/entities/hook.ts';

/** What is shown of a hook and is not in its columns as it is shown. */
export interface ShownHook {
  readonly repositoryId: string;
  readonly url: string | null;
  /** The service's settings, passwords masked. */
  readonly settings: Settings;
  readonly headerNames: readonly string[];
}

/** A hook as JSON. */
export function presentWebhook(hook: Hook, { repositoryId, url, settings, headerNames }: ShownHook) {
  return {
    id: hook.id,
    repositoryId,
    service: hook.service,
    url,
    settings,
    events: hook.events,
    active: hook.active,
    format: hook.format,
    schedule: hook.schedule ?? defaultSchedule,
    timeoutSeconds: hook.timeoutSeconds,
    headers: Object.fromEntries(headerNames.map((name) => [name, mask])),
    filter: hook.filter ?? null,
    template: hook.template ?? null,
    storeResponseBody: hook.storeResponseBody,
    disableAfterConsecutiveFailures: hook.disableAfterConsecutiveFailures ?? null,
    probeWhenDisabled: hook.probeWhenDisabled,
    pausedAt: hook.pausedAt ?? null,
    pausedUntil: hook.pausedUntil ?? null,
    drain: drainOf(hook),
    orderKey: hook.orderKey ?? null,
    rateLimitPerSecond: hook.rateLimitPerSecond ?? null,
    maxInFlight: hook.maxInFlight ?? null,
    lastDeliveryAt: hook.lastDeliveryAt ?? null,
    lastDeliveryStatus: hook.lastDeliveryStatus ?? null,
    failureCount: hook.failureCount,
    disabledAt: hook.disabledAt ?? null,
    disabledReason: hook.disabledReason ?? null,
    createdAt: hook.createdAt,
    updatedAt: hook.updatedAt,
  };
}

function drainOf({ drainingSince, drainRate, drained, drainTotal }: Hook) {
  if (drainingSince === null || drainingSince === undefined) return null;
  return { since: drainingSince, ratePerSecond: drainRate ?? 0, drained, total: drainTotal };
}
