/**
 * Finds out who calls: a token of ours, or a platform's JWT. Compares hashes, never tokens, and tells nobody why
 * a token will not do.
 */
import { scopes, type Caller, type Scope } from '#domain/access.ts';
import { Refusal } from '#domain/refusals.ts';
import { findTokens } from '#db/queries/find-token.ts';
import type { Executor } from '#db/query.ts';
import { createBatcher, sharedStatement } from '#db/batcher.ts';
import { hashToken } from './access-tokens.ts';

/** Checks a JWT; answers undefined when it will not do. */
export type JwtCheck = (token: string) => Promise<Caller | undefined>;

/** Answers who calls, by the Authorization header; refuses with 401. */
export type Authenticate = (authorization: string) => Promise<Caller>;

const knownScopes = new Set<string>(scopes);

/** The scopes among some names; names that mean nothing are left out. */
export function toScopes(names: readonly string[]): ReadonlySet<Scope> {
  return new Set(names.filter((name): name is Scope => knownScopes.has(name)));
}

/** The longest credential that is looked at. */
const credentialLength = 8192;

function credentialOf(authorization: string): string | undefined {
  if (authorization.length > credentialLength) return undefined;
  const [scheme = '', credential = ''] = authorization.split(' ', 2);
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      return credential;
    case 'basic': {
      const decoded = Buffer.from(credential, 'base64').toString('utf8');
      return decoded.slice(decoded.indexOf(':') + 1);
    }
    default:
      return undefined;
  }
}

/** Makes the authentication of a process. */
export function createAuthenticate(database: Executor, checkJwt: JwtCheck | undefined): Authenticate {
  // Requests that come together share a statement; none is answered from memory, so a token revoked is revoked at once.
  const find = createBatcher((hashes: readonly Buffer[]) => findTokens(database, hashes), sharedStatement);
  return async (authorization) => {
    const credential = credentialOf(authorization);
    const caller = credential === undefined || credential === '' ? undefined : await identify(credential);
    if (caller === undefined) throw new Refusal('unauthenticated', 'Authentication required');
    return caller;
  };

  async function identify(credential: string): Promise<Caller | undefined> {
    if (checkJwt !== undefined && credential.split('.').length === 3) {
      const caller = await checkJwt(credential);
      if (caller !== undefined) return caller;
    }
    const token = await find(hashToken(credential));
    return token === undefined ? undefined : { username: token.username, scopes: toScopes(token.scopes) };
  }
}
