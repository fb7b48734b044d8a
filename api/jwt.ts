/**
 * Checks a platform's own JWTs against its published keys. Accepts only asymmetric signatures,
 * the configured issuer and audience, and tokens that expire.
 */
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import type { Caller } from '#domain/access.ts';
import { isStorableText } from '#intake/storable-text.ts';
import { toScopes, type JwtCheck } from './authentication.ts';
import { Unavailable } from './unavailable.ts';

/** Where the keys are and what the tokens must say. */
export interface JwtOptions {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];

/** Milliseconds in which the keys must have come. */
const keysDeadlineMs = 3000;

/** Makes the check. Its answer is the caller: `sub` the username, `scope` the scopes, separated by spaces. */
export function createJwtCheck({ jwksUrl, issuer, audience }: JwtOptions): JwtCheck {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: keysDeadlineMs });
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        requiredClaims: ['exp', 'sub'],
      });
      return toCaller(payload);
    } catch (error) {
      if (saysNothingOfToken(error)) throw new Unavailable("The platform's keys cannot be read", error);
      return undefined;
    }
  };
}

/** True for what went wrong with the keys themselves: not fetched, not in time, not a key set. */
function saysNothingOfToken(error: unknown): boolean {
  return (
    !(error instanceof errors.JOSEError) ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === errors.JOSEError.code
  );
}

function toCaller({ sub, scope }: JWTPayload): Caller | undefined {
  if (typeof sub !== 'string' || sub === '' || !isStorableText(sub)) return undefined;
  return { username: sub, scopes: toScopes(typeof scope === 'string' ? scope.split(' ') : []) };
}
