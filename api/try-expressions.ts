/** Tries a hook's filter and template on examples before they are kept, so that what cannot work is refused. */
import { formatBody, type HookFormat } from '#domain/formats.ts';
import { refuseFields } from '#domain/refusals.ts';
import type { Expressions } from '#platform/expressions/expressions.ts';
import { examplesFor } from './hook-material.ts';

/** The expressions of a hook, and what they will see. */
export interface TriedHook {
  readonly filter?: string | null | undefined;
  readonly template?: string | null | undefined;
  readonly format: HookFormat;
  readonly events: readonly string[];
}

/** Tries them. Throws a 422 that names the expression, the event and what went wrong. */
export async function tryExpressions(
  expressions: Expressions,
  { filter, template, format, events }: TriedHook,
): Promise<void> {
  for (const [path, text] of [
    ['filter', filter],
    ['template', template],
  ] as const) {
    if (text === null || text === undefined) continue;
    const checked = await expressions.check(text);
    if (!checked.ok) {
      throw refuseFields([{ path, message: `${checked.message} (at character ${checked.position})` }]);
    }
    for (const event of examplesFor(events)) {
      const formatted = { ...event, type: event.eventType, acceptedAt: event.acceptedAt.toISOString() };
      const result = await expressions.evaluate({
        text,
        input: formatBody(format, formatted),
        bindings: { event: event.eventType, deliveryId: noDelivery },
        nowMs: event.acceptedAt.getTime(),
      });
      if (!result.ok) {
        throw refuseFields([
          { path, message: `It fails on an example of ${event.eventType}: ${result.message}` },
        ]);
      }
    }
  }
}

/** The delivery's id where there is no delivery. */
export const noDelivery = '00000000-0000-7000-8000-000000000000';
