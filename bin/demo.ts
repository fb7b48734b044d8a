/**
 * `npm run demo`: the main job end to end, in under a minute, on a data folder that goes afterwards.
 * A hook, an event, a signed request received and verified; then a receiver that fails twice and recovers.
 * Exits 0 only when all of it happened.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '#platform/log.ts';
import { createApiClient, type ApiClient } from './api-client.ts';
import { firstRepository, keepFirstHook } from './local/first-hook.ts';
import { startFirstReceiver, type Arrival } from './local/first-receiver.ts';
import { createLocalClosing, logFileOf, startLocal } from './local/start-local.ts';

const path = `/api/repositories/${firstRepository.owner}/${firstRepository.name}`;
const deadlineMs = 30_000;

/** Arrivals in order, to be awaited one at a time. */
function createInbox() {
  const waiting: ((arrival: Arrival) => void)[] = [];
  const arrived: Arrival[] = [];
  return {
    put: (arrival: Arrival): void => {
      const taker = waiting.shift();
      if (taker === undefined) arrived.push(arrival);
      else taker(arrival);
    },
    next: (): Promise<Arrival> =>
      new Promise((resolve, reject) => {
        const arrival = arrived.shift();
        if (arrival !== undefined) return resolve(arrival);
        const deadline = setTimeout(
          () => reject(new Error(`Nothing arrived within ${deadlineMs} ms`)),
          deadlineMs,
        );
        waiting.push((late) => {
          clearTimeout(deadline);
          resolve(late);
        });
      }),
  };
}

const payload = JSON.stringify({
  repository: { id: '1', ...firstRepository, url: 'https://example.com/demo/hello' },
  sender: { id: '7', username: firstRepository.owner },
});

async function sendEvent(api: ApiClient): Promise<string> {
  const { data } = await api.call<{ data: { deliveries: { id: string }[] } }>(
    'POST',
    `${path}/events/star.added`,
    payload,
  );
  const [delivery] = data.deliveries;
  if (delivery === undefined) throw new Error('The event made no delivery');
  console.log(`   accepted: delivery ${delivery.id}`);
  return delivery.id;
}

function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(`Not so: ${what}`);
}

async function main(dataDir: string): Promise<void> {
  const log = createLog('info', logFileOf(dataDir));
  const closing = createLocalClosing(log);
  const inbox = createInbox();
  try {
    console.log('1. Starting PostgreSQL, Temporal, API and worker');
    const local = await startLocal({ env: { ...process.env, HOLDFAST_PORT: '0' }, dataDir, log, closing });
    const receiver = await startFirstReceiver(inbox.put);
    closing.add('receiver', receiver.stop);
    console.log(`   API at ${local.addresses.api}, Temporal UI at ${local.addresses.temporalUi ?? 'none'}`);

    console.log('2. Making a hook');
    const hook = await keepFirstHook({
      apiUrl: local.addresses.api,
      ...local.secrets,
      dataDir,
      receiverUrl: receiver.url,
    });
    receiver.setSecret(hook.secret);
    const api = createApiClient(local.addresses.api, local.secrets.ownerToken);
    await api.call('PATCH', `/api/webhooks/${hook.id}`, { schedule: [1, 2] });

    console.log('3. Sending an event');
    await sendEvent(api);
    const first = await inbox.next();
    require(first.verified && first.body.toString() === payload, 'the bytes arrived with a right signature');
    console.log('   received, the bytes as they were sent, the signature right');

    console.log(
      '4. The receiver fails twice; the delivery waits in its workflow and is retried after 1 s and 2 s',
    );
    receiver.failNext(2);
    const id = await sendEvent(api);
    for (const status of [503, 503, 200]) {
      const arrival = await inbox.next();
      require(arrival.deliveryId === id &&
        arrival.status === status, `delivery ${id} was answered ${status}`);
      console.log(`   attempt answered with ${status}`);
    }
    await untilDelivered(api, id);
    console.log('   delivered');
  } finally {
    await closing.run();
  }
}

async function untilDelivered(api: ApiClient, id: string): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const { data } = await api.call<{ data: { state: string; attemptCount: number } }>(
      'GET',
      `/api/deliveries/${id}`,
    );
    if (data.state === 'delivered') return require(data.attemptCount === 3, 'three attempts are on record');
    if (Date.now() > deadline) throw new Error(`The delivery is still ${data.state}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
let status = 0;
try {
  await main(dataDir);
  console.log('Done.');
} catch (error) {
  console.error(error);
  status = 1;
}
await rm(dataDir, { recursive: true, force: true });
process.exit(status);
