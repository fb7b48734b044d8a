/**
 * `npm run screenshots`: takes the pictures of the Temporal UI that the pages of this folder show. Starts a Holdfast of its
 * own on free ports with a receiver that fails, waits until the deliveries are where the pictures want them, and stops it
 * all. Touches no other installation.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createApiClient, type ApiClient } from '../../bin/api-client.ts';
import { createLocalClosing, startLocal } from '../../bin/local/start-local.ts';
import { createLog } from '#platform/log.ts';
import { connectTemporal } from '#platform/temporal.ts';
import { startBrowser, type Picture } from './headless-browser.ts';

const images = fileURLToPath(new URL('images/', import.meta.url));
const repository = { owner: 'acme', name: 'site' } as const;
const path = `/api/repositories/${repository.owner}/${repository.name}`;
const reachMs = 30_000;

/** A delivery that a picture shows. */
interface Shown {
  readonly hookId: string;
  readonly workflowId: string;
}

/** Reports an event to a hook of its own and waits until the delivery is in a state. */
async function deliver(
  api: ApiClient,
  hook: { readonly url: string; readonly schedule: readonly number[] },
  state: string,
): Promise<Shown> {
  type Data<Shape> = { readonly data: Shape };
  const { data: made } = await api.call<Data<{ id: string }>>('POST', `${path}/webhooks`, {
    ...hook,
    events: ['star.added'],
  });
  const { data: event } = await api.call<Data<{ deliveries: readonly { id: string }[] }>>(
    'POST',
    `${path}/events/star.added`,
    {
      repository: { id: '1', ...repository, url: 'https://example.com/acme/site' },
      sender: { id: '7', username: 'olive' },
    },
  );
  // The next event is for the next hook alone.
  await api.call('PATCH', `/api/webhooks/${made.id}`, { events: ['star.removed'] });
  const [delivery] = event.deliveries;
  const deadline = Date.now() + reachMs;
  for (;;) {
    const { data } = await api.call<Data<{ state: string; workflowId: string }>>(
      'GET',
      `/api/deliveries/${delivery?.id}`,
    );
    if (data.state === state) return { hookId: made.id, workflowId: data.workflowId };
    if (Date.now() > deadline) throw new Error(`The delivery is ${data.state}, and not ${state}`);
    await delay(100);
  }
}

/** A receiver that fails, unless it is asked at `/well`. */
async function startReceiver(): Promise<{ readonly url: string; readonly stop: () => void }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(request.url === '/well' ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The pictures by their names. */
async function listPictures(
  ui: string,
  { exhausted, waiting }: { readonly exhausted: Shown; readonly waiting: Shown },
  runIdOf: (workflowId: string) => Promise<string>,
): Promise<Readonly<Record<string, Picture>>> {
  const workflows = `${ui}/namespaces/default/workflows`;
  const pageOf = async ({ workflowId }: Shown, tab: string): Promise<string> =>
    `${workflows}/${encodeURIComponent(workflowId)}/${await runIdOf(workflowId)}/${tab}`;
  const shows = (text: string): string =>
    `document.body !== null && document.body.innerText.includes(${JSON.stringify(text)})`;
  // These words come in a frame of their own, by its address.
  const framed =
    "[...document.querySelectorAll('iframe')].some(({ src }) => src.includes('Retry%201%20of%205'))";
  const query = `HoldfastHook='${exhausted.hookId}' AND ExecutionStatus='Failed'`;
  return {
    'failed-deliveries': {
      url: `${workflows}?query=${encodeURIComponent(query)}`,
      shows: shows(exhausted.workflowId),
    },
    'waiting-timeline': { url: await pageOf(waiting, 'timeline'), shows: shows('retry 1 of 5') },
    'waiting-details': { url: await pageOf(waiting, 'user-metadata'), shows: framed },
    'exhausted-delivery': { url: await pageOf(exhausted, 'history'), shows: shows('No retry is left') },
  };
}

const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-screenshots-'));
const log = createLog('silent');
const closing = createLocalClosing(log);
closing.add('data', () => rm(dataDir, { recursive: true, force: true }));
try {
  const receiver = await startReceiver();
  closing.add('receiver', receiver.stop);
  const { PATH, HOME, TMPDIR } = process.env;
  const env = { PATH, HOME, TMPDIR, HOLDFAST_PORT: '0', HOLDFAST_GROUP_THRESHOLD: '0' };
  const { addresses, secrets } = await startLocal({ env, dataDir, log, closing });
  const platform = createApiClient(addresses.api, secrets.platformToken);
  await platform.call('PUT', path, {});
  const { data } = await platform.call<{ data: { token: string } }>('POST', '/api/tokens', {
    username: repository.owner,
    scopes: ['read:repo_hook', 'write:repo_hook', 'events:write'],
  });
  const api = createApiClient(addresses.api, data.token);
  await deliver(api, { url: `${receiver.url}/well`, schedule: [60] }, 'delivered');
  const exhausted = await deliver(api, { url: receiver.url, schedule: [1, 1] }, 'exhausted');
  const waiting = await deliver(
    api,
    { url: receiver.url, schedule: [300, 1800, 7200, 21_600, 43_200] },
    'waiting',
  );
  const temporal = connectTemporal({ address: addresses.temporal, namespace: 'default' });
  closing.add('temporal client', temporal.close);
  const pictures = await listPictures(
    addresses.temporalUi ?? '',
    { exhausted, waiting },
    async (workflowId) => (await temporal.client.workflow.getHandle(workflowId).describe()).runId,
  );
  const browser = await startBrowser(process.env['CHROMIUM'] || 'chromium');
  closing.add('browser', browser.stop);
  for (const [name, picture] of Object.entries(pictures)) {
    const png = await browser.picture(picture);
    await writeFile(join(images, `${name}.png`), png);
    process.stdout.write(`${name}.png: ${Math.round(png.length / 1000)} kB\n`);
  }
} finally {
  await closing.run();
}
