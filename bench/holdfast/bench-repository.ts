/** A repository with its hooks, made for one case through the API as anybody would make it. */
import { createApiClient } from '../../bin/api-client.ts';
import type { RunningHoldfast } from './installation.ts';

/** A hook to make. */
export interface WantedHook {
  /** Where it points. */
  readonly url: string;
  /** Seconds between attempts; Holdfast's own schedule when not given. */
  readonly schedule?: readonly number[];
}

/** A repository, and who may send its events. */
export interface BenchRepository {
  readonly owner: string;
  readonly name: string;
  readonly token: string;
}

const owner = 'bench';
const scopes = ['read:repo_hook', 'write:repo_hook', 'admin:repo_hook', 'events:write'];

/** Makes it. */
export async function makeBenchRepository(
  { addresses, secrets }: RunningHoldfast,
  name: string,
  hooks: readonly WantedHook[],
): Promise<BenchRepository> {
  const platform = createApiClient(addresses.api, secrets.platformToken);
  await platform.call('PUT', `/api/repositories/${owner}/${name}`, {});
  const made = await platform.call<{ data: { token: string } }>('POST', '/api/tokens', {
    username: owner,
    scopes,
  });
  const { token } = made.data;
  const api = createApiClient(addresses.api, token);
  for (const hook of hooks) {
    await api.call('POST', `/api/repositories/${owner}/${name}/webhooks`, { ...hook, events: ['*'] });
  }
  return { owner, name, token };
}
