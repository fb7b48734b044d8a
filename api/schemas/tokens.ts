/** What tokens look like going in and coming out. */
import { z } from 'zod';
import { scopes } from '#domain/access.ts';
import { managementLimits } from '#domain/limits.ts';
import { limitInput, storableText, time, timeInput, uuid } from './common.ts';

/** The body that makes a token. */
export const createTokenBody = z
  .strictObject({
    username: storableText.min(1).max(managementLimits.nameLength).meta({ example: 'octo' }),
    scopes: z
      .array(z.enum(scopes))
      .min(1)
      .meta({ example: ['read:repo_hook', 'write:repo_hook'] }),
    expiresAt: timeInput.nullable().optional(),
  })
  .meta({ id: 'CreateToken' });

/** A token as it is shown: everything but the token itself. */
export const token = z
  .object({
    id: uuid,
    username: z.string(),
    scopes: z.array(z.enum(scopes)),
    expiresAt: time.nullable(),
    createdAt: time,
  })
  .meta({ id: 'Token' });

/** A token when it is made: the only time that it is shown. */
export const tokenWithSecret = token.extend({ token: z.string() }).meta({ id: 'TokenWithSecret' });

/** How a listing of tokens is paged. */
export const tokensQuery = z.strictObject({ cursor: z.string().optional(), limit: limitInput.optional() });
