/** A hook's secret and custom headers: what of them may leave. A secret leaves only in the answer to the act that made it. */
import { randomBytes } from 'node:crypto';
import type { Hook } from '#db/entities/hook.ts';
import { Refusal } from '#domain/refusals.ts';
import { hookHeadersContext, hookSecretContext } from '#domain/secret-contexts.ts';
import { lockHook, type HookDependencies } from './hooks.ts';

/** Gives a hook a fresh secret; the old one signs as well until the overlap ends. */
export async function rotateSecret(
  { database, secrets }: HookDependencies,
  id: string,
  overlapHours: number,
): Promise<{ readonly secret: string; readonly previousSecretUntil: Date | null }> {
  const secret = randomBytes(32).toString('hex');
  return database.fork().transactional(async (em) => {
    const hook = await lockHook(em, id);
    if (hook.service !== 'web') {
      throw new Refusal(
        'conflict',
        `A hook of the service ${hook.service} signs nothing: it has no secret to rotate`,
      );
    }
    const overlaps = overlapHours > 0 && hook.secret !== null;
    Object.assign(hook, {
      previousSecret: overlaps ? hook.secret : null,
      previousSecretUntil: overlaps ? new Date(Date.now() + overlapHours * 3_600_000) : null,
      secret: secrets.seal(secret, hookSecretContext(id)),
    });
    return { secret, previousSecretUntil: hook.previousSecretUntil ?? null };
  });
}

/** The names of a hook's custom headers. */
export function headerNames({ secrets }: HookDependencies, hook: Hook): readonly string[] {
  if (hook.headers === null || hook.headers === undefined) return [];
  return Object.keys(
    JSON.parse(secrets.open(Buffer.from(hook.headers), hookHeadersContext(hook.id))) as object,
  );
}
