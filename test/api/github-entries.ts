/** What tests of deliveries in the shape of GitHub share: hooks that were not pinged, and their entries. */
import { eventually } from '../support/eventually.ts';
import { makeHook, type OwnedRepository } from '../support/make.ts';
import type { CheckedHoldfast } from './checked-holdfast.ts';

/** An entry as clients read it. */
export interface Entry {
  readonly id: number;
  readonly guid: string;
  readonly redelivery: boolean;
  readonly duration: number;
  readonly status: string;
  readonly status_code: number;
  readonly event: string;
  readonly action: string | null;
}

/** A hook, by its id and by its path in the shape of GitHub. */
export interface QuietHook {
  readonly id: string;
  readonly path: string;
}

/** Where the hooks are made. */
export interface Place {
  readonly holdfast: CheckedHoldfast;
  readonly repository: OwnedRepository;
}

/** Makes a hook that gets GitHub's requests and, unlike one made by GitHub's route, no ping to begin with. */
export async function makeQuietHook(
  { holdfast, repository }: Place,
  settings: { readonly url: string; readonly [setting: string]: unknown },
): Promise<QuietHook> {
  const { owner, name, token } = repository;
  const { id } = await makeHook(holdfast, repository, { format: 'socialgateway', ...settings });
  const hooks = `/repos/${owner}/${name}/hooks`;
  const { body } = await holdfast.call('GET', hooks, { token });
  return { id, path: `${hooks}/${body.at(-1).id}` };
}

/** A hook's entries, the newest first, once there are as many. */
export function entriesOf(
  { holdfast, repository: { token } }: Place,
  { path }: QuietHook,
  count: number,
): Promise<readonly Entry[]> {
  return eventually(`${count} entries`, async () => {
    const { body } = await holdfast.call('GET', `${path}/deliveries`, { token });
    return body.length >= count ? body : undefined;
  });
}

const unended = ['pending', 'waiting', 'attempting', 'held'];

/** Waits until a delivery has ended, and answers in which state. */
export function endOf(
  { holdfast, repository: { token } }: Place,
  deliveryId: string | undefined,
): Promise<string> {
  return eventually('the delivery has ended', async () => {
    const { body } = await holdfast.call('GET', `/api/deliveries/${deliveryId}`, { token });
    return unended.includes(body.data.state) ? undefined : body.data.state;
  });
}
