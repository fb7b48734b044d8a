/** What repositories look like going in and coming out. */
import { z } from 'zod';
import { managementLimits } from '#domain/limits.ts';
import { isMailbox } from '#domain/services/mailbox.ts';
import { limitInput, storableText, time } from './common.ts';

const username = storableText.min(1).max(managementLimits.nameLength);

/** A path segment that can be an owner or a repository: no slash, no space, no control character. */
export const segment = z
  .string()
  .max(managementLimits.nameLength)
  .regex(/^[^\s/\p{C}]+$/u, 'must be without spaces, slashes and control characters')
  .refine((text) => !/^\.{1,2}$/.test(text), 'must not be a dot or two, which every URL parser takes away');

/** The body that makes or changes a repository. */
export const putRepositoryBody = z
  .strictObject({
    id: storableText
      .min(1)
      .max(managementLimits.nameLength)
      .optional()
      .meta({ description: "The platform's own id for it", example: '42' }),
    organization: username.nullable().optional(),
    admins: z
      .array(username)
      .max(managementLimits.admins)
      .optional()
      .meta({ description: 'People who may manage its hooks besides its owner', example: ['hubert'] }),
    noticeEmail: z.string().refine(isMailbox, 'must be an e-mail address').nullable().optional().meta({
      description: 'Where notices about its hooks are mailed; null for nowhere',
      example: 'ops@example.com',
    }),
  })
  .meta({ id: 'PutRepository' });

/** A repository as it is shown. */
export const repository = z
  .object({
    id: z.string(),
    owner: z.string(),
    name: z.string(),
    organization: z.string().nullable(),
    admins: z.array(z.string()),
    noticeEmail: z.string().nullable(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Repository' });

/** How a listing of repositories is paged. */
export const repositoriesQuery = z.strictObject({
  cursor: z.string().optional(),
  limit: limitInput.optional(),
});
