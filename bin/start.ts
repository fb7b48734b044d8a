/**
 * `npm start`: everything on one machine, and what a newcomer needs to send a first event.
 * Prints addresses, a token and a command; the log goes into the data folder.
 */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DirectoryInUseError } from '#platform/embedded/directory-lock.ts';
import { createLog } from '#platform/log.ts';
import { untilOrphaned, untilSignalled } from '#platform/shutdown.ts';
import { firstRepository, keepFirstHook } from './local/first-hook.ts';
import { startFirstReceiver, type Arrival } from './local/first-receiver.ts';
import { createLocalClosing, logFileOf, startLocal, type Local } from './local/start-local.ts';

const dataDir = resolve(process.env['HOLDFAST_DATA_DIR'] || '.holdfast');

function showArrival({ event, deliveryId, verified, body }: Arrival): void {
  const words = verified ? 'its signature is right' : 'its signature is WRONG';
  console.log(`Received ${event} (delivery ${deliveryId}, ${body.length} bytes): ${words}.`);
}

function showGreeting({ addresses, secrets, temporalSource }: Local): void {
  const { owner, name } = firstRepository;
  const payload = JSON.stringify({
    repository: { id: '1', owner, name, url: `https://example.com/${owner}/${name}` },
    sender: { id: '7', username: owner },
  });
  console.log(`
Holdfast is ready.

  API           ${addresses.api}
  API document  ${addresses.api}/openapi.json
  Temporal UI   ${addresses.temporalUi ?? 'not started here'}
  Temporal      ${addresses.temporal} (${temporalSource})
  Data          ${dataDir}

  Platform token      ${secrets.platformToken}
  Token of "${owner}"     ${secrets.ownerToken}

Hooks may reach this machine's own addresses here; in production they never may.

Send a first event; a small receiver that runs here will print it:

  curl -X POST ${addresses.api}/api/repositories/${owner}/${name}/events/star.added \\
    -H 'Authorization: Bearer ${secrets.ownerToken}' \\
    -H 'Content-Type: application/json' \\
    -d '${payload}'

Ctrl-C stops everything.
`);
}

async function main(): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const log = createLog(process.env['HOLDFAST_LOG_LEVEL'] || 'info', logFileOf(dataDir));
  const closing = createLocalClosing(log);
  const ended = Promise.race([untilSignalled(), untilOrphaned()]);
  try {
    const local = await startLocal({ env: process.env, dataDir, log, closing });
    const receiver = await startFirstReceiver(showArrival);
    closing.add('receiver', receiver.stop);
    const { platformToken, ownerToken } = local.secrets;
    const hook = await keepFirstHook({
      apiUrl: local.addresses.api,
      platformToken,
      ownerToken,
      dataDir,
      receiverUrl: receiver.url,
    });
    receiver.setSecret(hook.secret);
    showGreeting(local);
    await ended;
    console.log('Stopping.');
  } finally {
    await closing.run();
  }
}

/** What went wrong, in words for whoever typed the command. */
async function explain(error: unknown): Promise<string> {
  if (error instanceof DirectoryInUseError) {
    return `Holdfast is running already on ${dataDir} (process ${error.pid}); its addresses are in ${dataDir}/addresses.json.
For a second one beside it set HOLDFAST_DATA_DIR and HOLDFAST_PORT.`;
  }
  const { ConfigError } = await import('#platform/config.ts');
  if (error instanceof ConfigError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `${message}\nAnother program listens there: set HOLDFAST_PORT to a free port.`;
  return `Holdfast could not start: ${message}\nMore is in ${logFileOf(dataDir)}`;
}

// Whoever read what is printed here may go away; that is no reason to fall over and leave the servers behind.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(await explain(error));
  process.exit(1);
}
