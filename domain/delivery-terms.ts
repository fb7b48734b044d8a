/**
 * What a producer may say of an event's deliveries: not before a time, not after one, in order with others of the same
 * key. Checks the texts it says it in; knows no clock.
 */
import { intakeLimits } from './limits.ts';
import { refuseFields, type Refusal } from './refusals.ts';

/** The terms of an event's deliveries; null where the producer said nothing. */
export interface DeliveryTerms {
  /** They are not attempted before. */
  readonly deliverAt: Date | null;
  /** They are not attempted after. */
  readonly expiresAt: Date | null;
  /** Of each hook they go out one after the other with all others of this key. */
  readonly orderKey: string | null;
}

/** The terms as a producer gives them. */
export type GivenTerms = { readonly [Term in keyof DeliveryTerms]?: string | undefined };

/** What a producer calls each of the terms. */
export type TermNames = Readonly<Record<keyof DeliveryTerms, string>>;

const dayMs = 86_400_000;

/** Characters of a value that are quoted in a message. */
const quotedLength = 100;

/**
 * Reads the terms; undefined when the producer said nothing.
 *
 * @param given the texts as they were given
 * @param names what the producer calls them, for messages
 * @param nowMs milliseconds since the epoch
 * @throws Refusal 422 that names the term at fault and its value
 */
export function readDeliveryTerms(
  given: GivenTerms,
  names: TermNames,
  nowMs: number,
): DeliveryTerms | undefined {
  const { deliverAt: deliverText, expiresAt: expiresText, orderKey } = given;
  if (deliverText === undefined && expiresText === undefined && orderKey === undefined) return undefined;
  const deliverAt = deliverText === undefined ? null : readTime(deliverText, names.deliverAt);
  const expiresAt = expiresText === undefined ? null : readTime(expiresText, names.expiresAt);
  if (deliverAt !== null && deliverAt.getTime() > nowMs + intakeLimits.deliverAheadDays * dayMs) {
    const message = `must be at most ${intakeLimits.deliverAheadDays} days ahead`;
    throw refuse(names.deliverAt, message, deliverText);
  }
  if (expiresAt !== null && expiresAt.getTime() <= nowMs) {
    throw refuse(names.expiresAt, 'must be ahead', expiresText);
  }
  if (deliverAt !== null && expiresAt !== null && expiresAt <= deliverAt) {
    throw refuse(names.expiresAt, `must be after ${names.deliverAt}`, expiresText);
  }
  return {
    deliverAt,
    expiresAt,
    orderKey: orderKey === undefined ? null : checkOrderKey(orderKey, names.orderKey),
  };
}

const isoTime = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

function readTime(text: string, name: string): Date {
  const [, year, month, day] = isoTime.exec(text) ?? [];
  const time = new Date(text);
  // JavaScript takes the thirtieth of February for a day in March.
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (day === undefined || Number.isNaN(time.getTime()) || Number(day) > daysInMonth) {
    throw refuse(name, 'must be an ISO 8601 time with Z or an offset', text);
  }
  return time;
}

/** Characters that are not printed: controls, halves of characters, and the ends of lines and paragraphs. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

function checkOrderKey(key: string, name: string): string {
  const { length } = Array.from(key);
  if (key.trim() === '' || length > intakeLimits.orderKeyLength || unprintable.test(key)) {
    throw refuse(name, `must be 1 to ${intakeLimits.orderKeyLength} printable characters`, key);
  }
  return key;
}

function refuse(path: string, message: string, value: string | undefined): Refusal {
  const quoted = JSON.stringify((value ?? '').slice(0, quotedLength));
  return refuseFields([{ path, message: `${message}, not ${quoted}` }]);
}
