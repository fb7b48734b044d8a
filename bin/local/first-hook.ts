/**
 * The first repository and its hook: what makes the `curl` that `npm start` prints arrive somewhere.
 * Made through the API like anybody's, and found again at the next start.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createApiClient } from '../api-client.ts';

/** Who owns the first repository, and what it is called. */
export const firstRepository = { owner: 'demo', name: 'hello' } as const;

/** The hook and its secret. */
export interface FirstHook {
  readonly id: string;
  readonly secret: string;
}

/** Where the API is and who speaks to it. */
export interface FirstHookOptions {
  readonly apiUrl: string;
  readonly platformToken: string;
  readonly ownerToken: string;
  readonly dataDir: string;
  readonly receiverUrl: string;
}

/** Makes sure that the first repository has a hook to the receiver of this run. */
export async function keepFirstHook(options: FirstHookOptions): Promise<FirstHook> {
  const { apiUrl, platformToken, ownerToken, dataDir, receiverUrl } = options;
  const { owner, name } = firstRepository;
  const file = join(dataDir, 'first-hook.json');
  await createApiClient(apiUrl, platformToken).call('PUT', `/api/repositories/${owner}/${name}`, {});
  const api = createApiClient(apiUrl, ownerToken);
  const kept = await readKept(file);
  const { data: hooks } = await api.call<{ data: { id: string }[] }>(
    'GET',
    `/api/repositories/${owner}/${name}/webhooks`,
  );
  if (kept !== undefined && hooks.some(({ id }) => id === kept.id)) {
    await api.call('PATCH', `/api/webhooks/${kept.id}`, { url: receiverUrl, active: true });
    return kept;
  }
  const { data } = await api.call<{ data: FirstHook }>(
    'POST',
    `/api/repositories/${owner}/${name}/webhooks`,
    {
      url: receiverUrl,
      events: ['*'],
    },
  );
  const hook = { id: data.id, secret: data.secret };
  await writeFile(file, `${JSON.stringify(hook)}\n`, { mode: 0o600 });
  return hook;
}

async function readKept(file: string): Promise<FirstHook | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as FirstHook;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
