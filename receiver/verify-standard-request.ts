/**
 * Verifies a request by Standard Webhooks 1.0: `webhook-signature` covers the delivery's id, the moment of the attempt
 * and the body, so a request cannot be sent again later, or under another id. Never parses the body.
 */
import { createHmac, verify } from 'node:crypto';
import { checkBytes, knownSecrets } from './known-secrets.ts';
import { headerOf, type RequestHeaders } from './request-headers.ts';
import { sameText } from './same-text.ts';
import { standardKey, standardPublicKey } from './standard-keys.ts';

/** How far a sender's clock may be from this one, either way. */
export const defaultToleranceSeconds = 300;

/** A request may hold this many signatures that are looked at; a rotation needs two. */
const signaturesAtMost = 16;

/** Printable ASCII but the full stop, which would move the border between id, time and body. */
const idForm = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;
const timestampForm = /^(?:0|[1-9]\d{0,11})$/;

/** What counts beside the secrets. */
export interface StandardOptions {
  /** Keys (`whpk_…`) of a sender that signs with ed25519 (`v1a`). */
  readonly publicKeys?: readonly string[] | undefined;
  /** How old, or how far in the future, an attempt may be: 300 unless told otherwise. */
  readonly toleranceSeconds?: number | undefined;
  /** The present, in milliseconds since the epoch; the clock's unless given. */
  readonly nowMs?: number | undefined;
}

/**
 * True when one of the keys made one of the signatures in `webhook-signature`, within the tolerance.
 *
 * @param bytes the body as it was received, before any parsing
 * @param secrets every secret that is good now, each the hook's `secret` or its `standardSecret` (`whsec_…`); may be
 *   empty when there are public keys
 * @throws TypeError when no key is given, one is none, or the body is not bytes
 * @throws RangeError when the tolerance is no number of seconds
 */
export function verifyStandardRequest(
  bytes: Uint8Array,
  headers: RequestHeaders,
  secrets: string | readonly string[],
  options: StandardOptions = {},
): boolean {
  return findStandardFault(bytes, headers, secrets, options) === undefined;
}

/** What is wrong with such a request, in a sentence that its sender may read; undefined when it is right. */
export function findStandardFault(
  bytes: Uint8Array,
  headers: RequestHeaders,
  secrets: string | readonly string[],
  { publicKeys = [], toleranceSeconds = defaultToleranceSeconds, nowMs = Date.now() }: StandardOptions,
): string | undefined {
  checkBytes(bytes);
  const symmetric = publicKeys.length > 0 && secrets.length === 0 ? [] : knownSecrets(secrets);
  const keys = symmetric.map(standardKey);
  const verifiers = publicKeys.map(standardPublicKey);
  if (!Number.isFinite(toleranceSeconds) || toleranceSeconds < 0) {
    throw new RangeError(`Not a number of seconds: ${toleranceSeconds}`);
  }
  const [id, timestamp, header] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  );
  if (typeof header !== 'string') return 'The header webhook-signature is missing.';
  if (typeof id !== 'string' || !idForm.test(id)) return 'The header webhook-id is missing or malformed.';
  if (typeof timestamp !== 'string' || !timestampForm.test(timestamp)) {
    return 'The header webhook-timestamp is missing or malformed.';
  }

  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), bytes]);
  const given = header.split(' ', signaturesAtMost);
  const right =
    keys.some((key) => {
      const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
      return given.some((signature) => sameText(signature, expected));
    }) ||
    verifiers.some((key) =>
      given.map(asymmetricSignature).some((bits) => bits !== undefined && verify(null, signed, key, bits)),
    );
  if (!right) return 'No signature in webhook-signature is right.';

  const ageSeconds = Math.floor(nowMs / 1000) - Number(timestamp);
  if (Math.abs(ageSeconds) <= toleranceSeconds) return undefined;
  const distance = ageSeconds > 0 ? `${ageSeconds} s old` : `${-ageSeconds} s in the future`;
  return `The attempt is ${distance} by this receiver's clock; ${toleranceSeconds} s are allowed.`;
}

/** The bits of a `v1a` signature; undefined for other versions, and for bits that are not written as they should be. */
function asymmetricSignature(signature: string): Buffer | undefined {
  const [, text] = /^v1a,([A-Za-z0-9+/]{86}==)$/.exec(signature) ?? [];
  if (text === undefined) return undefined;
  const bits = Buffer.from(text, 'base64');
  return bits.toString('base64') === text ? bits : undefined;
}
