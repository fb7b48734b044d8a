/**
 * Notices: the payloads of operational events, as the source's dialect has them. They name the hook by its id and its host,
 * and never hold a secret, the payload of an event, the path of an address, or an address that a name was resolved to.
 */
import type { OperationalType } from './operational-events.ts';

/** What is told of a hook, and the delivery that brought it about. */
export interface Notice {
  readonly type: OperationalType;
  readonly at: Date;
  readonly repository: { readonly id: string; readonly owner: string; readonly name: string };
  readonly hook: {
    readonly id: string;
    readonly number: string;
    readonly service: string;
    /** Where a web hook's requests go; null for every other service. */
    readonly url: string | null;
  };
  readonly delivery: {
    readonly id: string;
    readonly eventType: string;
    readonly attempts: number;
    readonly lastOutcome: string;
    readonly lastStatus: number | null;
  };
  /** `gone`, `delivery_exhausted` or `consecutive_failures`; null unless the hook was disabled. */
  readonly disabledReason: string | null;
}

/** The payload of a notice. */
export function noticePayload({ type, at, repository, hook, delivery, disabledReason }: Notice): object {
  const { id, number, service, url } = hook;
  return {
    type,
    at: at.toISOString(),
    repository,
    webhook: { id, number: Number(number), service, host: hostOf(url) },
    delivery,
    disabledReason,
  };
}

/** Host and port: all of an address that is told. */
function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null;
}

/** The payload of an example of an operational event. Invented. */
export function exampleNotice(type: OperationalType): object {
  const recovered = type === 'hook.recovered';
  return noticePayload({
    type,
    at: new Date('2026-01-02T03:04:05Z'),
    repository: { id: '42', owner: 'octo', name: 'hello' },
    hook: {
      id: '01a203ae-fdc0-7dcc-b43b-2a5bf79a75fe',
      number: '7',
      service: 'web',
      url: 'https://example.com/hook',
    },
    delivery: {
      id: '01a203af-1c2d-7b3e-9f4a-5b6c7d8e9f01',
      eventType: 'push',
      attempts: recovered ? 1 : 3,
      lastOutcome: recovered ? 'delivered' : 'http_5xx',
      lastStatus: recovered ? 200 : 503,
    },
    disabledReason: type === 'hook.disabled' ? 'delivery_exhausted' : null,
  });
}
