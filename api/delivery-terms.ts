/** The terms of its deliveries that a producer's request has in headers beside the payload. */
import { isUtf8 } from 'node:buffer';
import type { GivenTerms, TermNames } from '#domain/delivery-terms.ts';

/** What the headers are called. */
export const headerTerms: TermNames = {
  deliverAt: 'X-Holdfast-Deliver-At',
  expiresAt: 'X-Holdfast-Expires-At',
  orderKey: 'X-Holdfast-Order-Key',
};

/** The texts that a request's headers give. */
export function termsIn(header: (name: string) => string | undefined): GivenTerms {
  const orderKey = header(headerTerms.orderKey);
  return {
    deliverAt: header(headerTerms.deliverAt),
    expiresAt: header(headerTerms.expiresAt),
    orderKey: orderKey === undefined ? undefined : asUtf8(orderKey),
  };
}

/** Node reads a header byte by byte; most who send more than ASCII send UTF-8. */
function asUtf8(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : text;
}
