/**
 * The body that a hook of each format receives for an event.
 * `sigmagit` is the payload as received, to the byte; a format never changes what is inside it.
 */
import { assertNever } from './assert-never.ts';

/** The formats a hook may ask for. */
export const hookFormats = ['sigmagit', 'standard'] as const;

/** The format of a hook's bodies. */
export type HookFormat = (typeof hookFormats)[number];

/** An accepted event, as formats see it. */
export interface FormattedEvent {
  readonly type: string;
  /** The payload's text exactly as it was received. */
  readonly payload: string;
  /** When the event was accepted, ISO 8601. */
  readonly acceptedAt: string;
}

/** The body for an event, as text that is valid Unicode. The payload is put in as it is, never parsed again. */
export function formatBody(format: HookFormat, event: FormattedEvent): string {
  switch (format) {
    case 'sigmagit':
      return event.payload;
    case 'standard':
      return `{"type":${JSON.stringify(event.type)},"timestamp":${JSON.stringify(event.acceptedAt)},"data":${event.payload}}`;
    default:
      return assertNever(format);
  }
}
