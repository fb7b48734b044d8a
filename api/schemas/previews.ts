/** What a preview is asked for, and what it shows. */
import { z } from 'zod';
import { storableText, uuid } from './common.ts';
import { expression } from './webhooks.ts';

/** The body that asks for a preview; empty for the example of a push. */
export const previewBody = z
  .strictObject({
    eventId: uuid.optional().meta({ description: 'An accepted event of the repository' }),
    type: storableText.max(100).optional().meta({ description: 'An event type', example: 'issues.opened' }),
    payload: z.looseObject({}).optional().meta({ description: 'A payload instead of the example' }),
    filter: expression.nullable().optional(),
    template: expression.nullable().optional(),
  })
  .meta({ id: 'PreviewRequest' });

/** The body as it was checked. */
export type PreviewWish = z.output<typeof previewBody>;

/** What would be sent, or why nothing would. */
export const preview = z
  .object({
    result: z.enum(['message', 'nothing', 'failed']),
    eventType: z.string(),
    transport: z.enum(['http', 'smtp', 'irc']).optional(),
    url: z.string().nullable().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
    reason: z.string().optional().meta({ description: 'Why nothing would be sent, or what failed' }),
  })
  .meta({ id: 'Preview' });
