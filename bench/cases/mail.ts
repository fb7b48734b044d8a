/** How fast pushes become mails, through Holdfast whole, to a mail server on the same machine. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { createApiClient } from '../../bin/api-client.ts';
import type { Case } from '../case.ts';
import { nowMs } from '../clock.ts';
import { makeBenchRepository } from '../holdfast/bench-repository.ts';

const batchSize = 100;
const deadlineMs = 120_000;

/** A mail server that takes everything and counts. */
async function startCounter(wanted: number) {
  let mails = 0;
  let connections = 0;
  const { promise: all, resolve } = Promise.withResolvers<number>();
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    closeTimeout: 1,
    onConnect: (_session, done) => {
      connections += 1;
      done();
    },
    onData: (stream, _session, done) => {
      stream.resume();
      stream.once('end', () => {
        mails += 1;
        if (mails === wanted) resolve(nowMs());
        done();
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    all,
    counts: () => ({ mails, connections }),
    stop: () => new Promise<void>((done) => server.close(() => done())),
  };
}

function pushOf(owner: string, name: string, index: number) {
  const oid = index.toString(16).padStart(40, 'b');
  return {
    repository: { id: '1', owner, name, url: `https://example.com/${owner}/${name}` },
    pusher: { id: '7', username: owner },
    ref: 'refs/heads/main',
    before: '1'.repeat(40),
    after: oid,
    commits: [
      {
        oid,
        message: `Change ${index}`,
        author: { name: 'Octo', email: 'octo@example.com' },
        timestamp: 1_767_323_045,
      },
    ],
    totalCommits: 1,
    sender: { id: '7', username: owner },
  };
}

/** A thousand pushes at once, one mail each. */
export const mailCase: Case = {
  name: 'mail',
  title: 'pushes of one commit, reported at once, to one e-mail hook',
  run: async (bench) => {
    const mails = bench.isShort ? 50 : 1000;
    const counter = await startCounter(mails);
    const installation = await bench.startInstallation('mail', 'node', {
      HOLDFAST_SMTP_URL: `smtp://127.0.0.1:${counter.port}?tls=optional`,
      HOLDFAST_MAIL_FROM: 'Holdfast <noreply@example.com>',
    });
    try {
      const { owner, name, token } = await makeBenchRepository(installation, 'mail', []);
      const api = createApiClient(installation.addresses.api, token);
      await api.call('POST', `/repos/${owner}/${name}/hooks`, {
        name: 'email',
        config: { address: 'ann@example.com' },
      });
      const repository = `${owner}/${name}`;
      const startedMs = nowMs();
      for (let sent = 0; sent < mails; sent += batchSize) {
        const items = Array.from({ length: Math.min(batchSize, mails - sent) }, (_, index) => ({
          repository,
          type: 'push',
          payload: pushOf(owner, name, sent + index),
        }));
        await api.call('POST', '/api/events', items);
      }
      const lastMs = await Promise.race([
        counter.all,
        new Promise<undefined>((resolve) => setTimeout(resolve, deadlineMs, undefined).unref()),
      ]);
      const { mails: arrived, connections } = counter.counts();
      return {
        settings: { mails, batchSize },
        figures: [
          {
            name: 'mails from the first event to the last mail',
            value: lastMs === undefined ? undefined : (mails * 1000) / (lastMs - startedMs),
            unit: '/s',
            target: { atLeast: 50 },
          },
          { name: 'connections', value: connections, unit: '' },
          { name: 'mails that arrived', value: arrived, unit: '', target: { atLeast: mails, atMost: mails } },
        ],
      };
    } finally {
      await installation.stop();
      await counter.stop();
    }
  },
};
