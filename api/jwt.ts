/**
 * Checks a platform's own JWTs against its published keys. Accepts only asymmetric signatures,
 * the configured issuer and audience, and tokens that expire.
 */
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { toScopes, type JwtCheck } from './authentication.ts';

/** Where the keys are and what the tokens must say. */
export interface JwtOptions {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'EdDSA'];

/** Makes the check. Its answer is the caller: `sub` the username, `scope` the scopes, separated by spaces. */
export function createJwtCheck({ jwksUrl, issuer, audience }: JwtOptions): JwtCheck {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3000 });
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        requiredClaims: ['exp', 'sub'],
      });
      const scope = typeof payload['scope'] === 'string' ? payload['scope'].split(' ') : [];
      return { username: payload.sub as string, scopes: toScopes(scope) };
    } catch (error) {
      if (error instanceof errors.JWKSTimeout) throw error;
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  };
}
