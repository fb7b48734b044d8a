/** Schemas that several resources share: ids, times, pages, errors. */
import { z } from 'zod';
import { isUuid } from '#domain/ids.ts';
import { isStorableText } from '#intake/storable-text.ts';
import { pageLimits } from '#domain/limits.ts';
import type { ReplyDeclaration } from '../route.ts';

/** An id as Holdfast gives it out. */
export const uuid = z
  .string()
  .refine(isUuid, 'must be a UUID')
  .meta({ format: 'uuid', example: '01a203ae-fdc0-7dcc-b43b-2a5bf79a75fe' });

/** Text that is kept or looked for in the database. */
export const storableText = z.string().refine(isStorableText, 'must be valid Unicode without NUL');

/** A time as Holdfast writes it. */
export const time = z.iso.datetime().meta({ example: '2026-11-22T14:35:00.000Z' });

/** A time as callers may write it; a Date once checked. Ids hold no times before 1970, which is early enough. */
export const timeInput = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with Z or an offset' })
  .transform((text) => new Date(Math.max(0, Date.parse(text))))
  .meta({ example: '2026-11-22T14:35:00Z' });

/** How many entries a page holds. */
export const limitInput = z
  .string()
  .regex(/^\d{1,4}$/, 'must be a whole number')
  .transform(Number)
  .pipe(z.number().min(1).max(pageLimits.most))
  .meta({ description: `Entries a page, at most ${pageLimits.most}`, example: '50' });

/** The owner and name in a repository's path. */
export const repositoryParams = z.object({
  owner: z.string().meta({ description: 'Who owns the repository', example: 'octo' }),
  repo: z.string().meta({ description: "The repository's name", example: 'hello' }),
});

/** Parameters of the routes about one thing by its id. */
export const idParams = z.object({
  id: z.string().meta({ example: '01a203ae-fdc0-7dcc-b43b-2a5bf79a75fe' }),
});

/** What every refusal and fault looks like. */
export const errorBody = z
  .object({
    error: z.string().meta({ description: 'A sentence for people', example: 'Webhook not found' }),
    code: z.string().meta({ description: 'Stable, for programs', example: 'not_found' }),
    fields: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'With 422: what is wrong, field by field' }),
  })
  .meta({ id: 'Error' });

const errorDescriptions: Readonly<Record<number, string>> = {
  400: 'The body is not JSON, or a cursor is not one of ours',
  401: 'No token, or one that is not good',
  403: "The token's scopes do not reach, or it is somebody else's",
  404: 'There is no such thing, or it is not yours to know of',
  409: 'It is in the way of something else',
  413: 'Too large',
  415: 'Compressed bodies are not accepted',
  422: 'A field is not right; `fields` says which',
  503: 'Something of ours is away; try again after `Retry-After`',
};

/** Declarations of the error replies of a route. 503 is always among them. */
export function errorReplies(...statuses: readonly number[]): Record<number, ReplyDeclaration> {
  return Object.fromEntries(
    [...statuses, 503].map((status) => [
      status,
      {
        description: errorDescriptions[status] ?? 'An error',
        schema: errorBody,
        ...(status === 503 ? { headers: z.object({ 'Retry-After': z.string() }) } : {}),
      },
    ]),
  );
}

/** The envelope of a success. */
export function dataOf<Schema extends z.ZodType>(schema: Schema) {
  return z.object({ data: schema });
}

/** The envelope of a page. */
export function pageOf<Schema extends z.ZodType>(schema: Schema) {
  return z.object({
    data: z.array(schema),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Give it as `cursor` for the next page; null on the last' }),
  });
}
