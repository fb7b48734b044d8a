/** What bulk replays look like going in and coming out. */
import { z } from 'zod';
import { replayStates } from '#db/queries/replays.ts';
import { hookLimits, replayLimits } from '#domain/limits.ts';
import { limitInput, time, timeInput, uuid } from './common.ts';
import { eventName } from './webhooks.ts';

/** The states in which deliveries can be sent again: those that have ended, other than by cancelling. */
const replayable = ['delivered', 'exhausted', 'rejected', 'expired'] as const;

const { ratePerSecond: rates } = replayLimits;

/** The body that asks for a replay. */
export const createReplayBody = z
  .strictObject({
    since: timeInput.meta({ description: 'Deliveries of events accepted from then on' }),
    until: timeInput.optional().meta({ description: 'And before then; until now unless told otherwise' }),
    states: z
      .array(z.enum(replayable))
      .min(1)
      .max(replayable.length)
      .default(['exhausted', 'rejected', 'expired'])
      .meta({ description: 'The states in which they are' }),
    events: z
      .array(eventName)
      .min(1)
      .max(hookLimits.events)
      .optional()
      .meta({ description: 'Events by name, families or `*`; all unless told otherwise' }),
    dryRun: z.boolean().default(false).meta({ description: 'Only count' }),
    ratePerSecond: z
      .number()
      .min(rates.least)
      .max(rates.most)
      .default(rates.standard)
      .meta({ description: 'Deliveries a second' }),
  })
  .meta({ id: 'CreateReplay' });

/** A replay as it is shown. */
export const replay = z
  .object({
    id: uuid.nullable().meta({ description: 'Null for one that was only counted' }),
    webhookId: uuid,
    state: z.enum(replayStates),
    reason: z.string().nullable().meta({ description: 'Why it failed' }),
    since: time,
    until: time,
    states: z.array(z.string()),
    eventTypes: z.array(z.string()).nullable().meta({ description: 'Null for all' }),
    ratePerSecond: z.number(),
    matched: z.number().meta({ description: 'Deliveries it means, as far as counted' }),
    done: z.number().meta({ description: 'Sent again and delivered at once' }),
    failed: z
      .number()
      .meta({ description: 'Sent again in vain; they go on by their schedule, if it has retries' }),
    skipped: z.number().meta({ description: 'Passed over: sent again by somebody else, or gone' }),
    createdAt: time.nullable(),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    etaSeconds: z.number().nullable().meta({ description: 'Seconds it is likely to take still' }),
    workflowId: z.string().nullable().meta({ example: 'replay/01a203ae-fdc0-7dcc-b43b-2a5bf79a75fe' }),
  })
  .meta({ id: 'Replay' });

/** How a listing of what became of a replay's deliveries is paged. */
export const replayItemsQuery = z.strictObject({
  cursor: z.string().optional(),
  limit: limitInput.optional(),
});

/** What became of one delivery of a replay. */
export const replayItem = z
  .object({
    deliveryId: uuid,
    run: z.number().nullable().meta({ description: 'Its run; null before its turn, and when passed over' }),
    result: z.enum(['delivered', 'failed', 'skipped']).nullable(),
  })
  .meta({ id: 'ReplayItem' });
