/**
 * The body that a hook of each format receives for an event, and the event as services see it.
 * `sigmagit` is the payload as received, to the byte; so is `socialgateway` for what was reported in that shape.
 */
import { assertNever } from './assert-never.ts';
import type { PayloadShape } from './payload-shape.ts';
import { renderEvent } from './rendering/render-event.ts';

/** The formats a hook may ask for. */
export const hookFormats = ['sigmagit', 'socialgateway', 'standard'] as const;

/** The format of a hook's bodies. */
export type HookFormat = (typeof hookFormats)[number];

/** An accepted event, as formats see it. */
export interface FormattedEvent {
  readonly type: string;
  readonly shape: PayloadShape;
  /** The payload's text exactly as it was received. */
  readonly payload: string;
  /** When the event was accepted, ISO 8601. */
  readonly acceptedAt: string;
}

/** The body for an event, as text that is valid Unicode. A payload that is put in as it is is never parsed again. */
export function formatBody(format: HookFormat, event: FormattedEvent): string {
  switch (format) {
    case 'sigmagit':
      return event.payload;
    case 'socialgateway':
      return event.shape === 'socialgateway' ? event.payload : JSON.stringify(renderEvent(event).payload);
    case 'standard':
      return `{"type":${JSON.stringify(event.type)},"timestamp":${JSON.stringify(event.acceptedAt)},"data":${event.payload}}`;
    default:
      return assertNever(format);
  }
}

/** A body as a form sends it: one field, `payload`. */
export function formBody(json: string): string {
  return new URLSearchParams({ payload: json }).toString();
}
