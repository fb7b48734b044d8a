/**
 * The last moment before a delivery may be attempted, or expires: it is started a little ahead of its time, so that many
 * that are due at once are all in time, and waits for the rest here. Never waits for longer than a moment.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { attemptLimits } from '#domain/limits.ts';
import type { AttemptMaterial } from '#db/queries/load-attempt.ts';
import type { AttemptInput } from './attempt-report.ts';

/** True when its time is over before its next attempt would come: when that is due it expires. */
export function expiresFirst({ dueInMs, expiresInMs }: AttemptMaterial): boolean {
  return expiresInMs !== null && (dueInMs ?? 0) >= expiresInMs;
}

/** Milliseconds to wait for; 0 when there is nothing to wait for, or too long to wait for it here. */
function waitOf(material: AttemptMaterial, { woken = false }: AttemptInput): number {
  const { state, attempts } = material;
  const isFirst = attempts === 0 && state === 'pending';
  const isLast = state === 'waiting' && expiresFirst(material) && !woken;
  const waitMs = isFirst || isLast ? (material.dueInMs ?? 0) : 0;
  return waitMs <= attemptLimits.earlyMs ? waitMs : 0;
}

/**
 * Waits until a delivery is due, if that is a moment away; answers its material as it is then.
 *
 * @param load loads the material anew: a delivery may have been cancelled meanwhile
 * @throws the signal's reason when the worker stops first
 */
export async function whenDue(
  material: AttemptMaterial,
  input: AttemptInput,
  load: () => Promise<AttemptMaterial | undefined>,
  signal: AbortSignal,
): Promise<AttemptMaterial | undefined> {
  const waitMs = waitOf(material, input);
  if (waitMs === 0) return material;
  await delay(Math.ceil(waitMs) + 1, undefined, { signal });
  const now = await load();
  return now === undefined ? undefined : { ...now, begun: material.begun };
}
