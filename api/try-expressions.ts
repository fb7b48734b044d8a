/** Tries a hook's filter and template on examples before they are kept, so that what cannot work is refused. */
import { formatBody, type HookFormat } from '#domain/formats.ts';
import { refuseFields } from '#domain/refusals.ts';
import type { Expressions } from '#platform/expressions/expressions.ts';
import { letsPass } from '#outgoing/prepare-message.ts';
import { examplesFor, type MaterialEvent } from './hook-material.ts';

/** The expressions of a hook, and what they will see. */
export interface TriedHook {
  readonly filter?: string | null | undefined;
  readonly template?: string | null | undefined;
  readonly format: HookFormat;
  readonly events: readonly string[];
}

/** Tries them: the template on what the filter lets pass. Throws a 422 that names the expression and what went wrong. */
export async function tryExpressions(
  expressions: Expressions,
  { filter, template, format, events }: TriedHook,
): Promise<void> {
  const check = async (path: string, text: string | null | undefined): Promise<void> => {
    if (text === null || text === undefined) return;
    const checked = await expressions.check(text);
    if (checked.ok) return;
    throw refuseFields([{ path, message: `${checked.message} (at character ${checked.position})` }]);
  };
  const attempt = async (path: string, text: string, event: MaterialEvent): Promise<string | undefined> => {
    const formatted = { ...event, type: event.eventType, acceptedAt: event.acceptedAt.toISOString() };
    const result = await expressions.evaluate({
      text,
      input: formatBody(format, formatted),
      bindings: { event: event.eventType, deliveryId: noDelivery },
      nowMs: event.acceptedAt.getTime(),
    });
    if (result.ok) return result.json;
    const message = `It fails on an example of ${event.eventType}: ${result.message}`;
    throw refuseFields([{ path, message }]);
  };

  await check('filter', filter);
  await check('template', template);
  for (const event of examplesFor(events)) {
    const passes =
      filter === null || filter === undefined || letsPass(await attempt('filter', filter, event));
    if (passes && template !== null && template !== undefined) await attempt('template', template, event);
  }
}

/** The delivery's id where there is no delivery. */
export const noDelivery = '00000000-0000-7000-8000-000000000000';
