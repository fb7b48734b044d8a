/** Finds what the routes in GitHub's shape act on. What is not the caller's is not there. */
import type { Hook } from '#db/entities/hook.ts';
import { HookEntity } from '#db/entities/hook.ts';
import { findAttempt, type AttemptRow } from '#db/queries/attempts.ts';
import type { Caller } from '#domain/access.ts';
import { Refusal } from '#domain/refusals.ts';
import { findManagedRepository, type HookDependencies, type OwnedHook } from '../hooks.ts';

/** The parameters of a hook's path. */
export interface HookPath {
  readonly owner: string;
  readonly repo: string;
  readonly hook_id: string;
}

/** The largest number that an identity column can hold. */
const mostDigits = 18;

function isNumber(text: string): boolean {
  return /^\d+$/.test(text) && text.length <= mostDigits;
}

/** The hook that a path names; 404 when there is none or it is not the caller's. */
export async function findNumberedHook(
  dependencies: HookDependencies,
  { owner, repo, hook_id: number }: HookPath,
  caller: Caller,
): Promise<OwnedHook> {
  const repository = await findManagedRepository(dependencies, owner, repo, caller);
  const hook: Hook | null = isNumber(number)
    ? await dependencies.database
        .fork()
        .findOne(HookEntity, { number, repository: repository.id, deletedAt: null, internal: false })
    : null;
  if (hook === null) throw new Refusal('not_found', 'Webhook not found');
  return { hook, repository };
}

/** A hook and one of its attempts; 404 likewise. */
export async function findNumberedAttempt(
  dependencies: HookDependencies,
  path: HookPath & { readonly delivery_id: string },
  caller: Caller,
): Promise<OwnedHook & { readonly attempt: AttemptRow }> {
  const owned = await findNumberedHook(dependencies, path, caller);
  const attempt = isNumber(path.delivery_id)
    ? await findAttempt(dependencies.database.pool, owned.hook.id, path.delivery_id)
    : undefined;
  if (attempt === undefined) throw new Refusal('not_found', 'Delivery not found');
  return { ...owned, attempt };
}
