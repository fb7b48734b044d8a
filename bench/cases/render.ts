/** What it costs to make a request in GitHub's shape of a push that was reported in the other: rendering and signing. */
import { performance } from 'node:perf_hooks';
import { randomBytes } from 'node:crypto';
import { hookSecretContext } from '#domain/secret-contexts.ts';
import { buildRequest } from '#outgoing/build-request.ts';
import type { MessageMaterial } from '#outgoing/message-material.ts';
import { createSecretBox } from '#platform/secret-box.ts';
import type { Case } from '../case.ts';

const commits = 20;
const deliveryId = '01a203ae-fdc0-7dcc-b43b-2a5bf79a75fe';

function pushOf(count: number): string {
  const person = { id: '7', username: 'octo' };
  const oid = (index: number): string => index.toString(16).padStart(40, 'a');
  return JSON.stringify({
    repository: { id: '1', owner: 'octo', name: 'hello', url: 'https://example.com/octo/hello' },
    pusher: person,
    ref: 'refs/heads/main',
    before: oid(1000),
    after: oid(count - 1),
    commits: Array.from({ length: count }, (_, index) => ({
      oid: oid(index),
      message: `Change ${index}: what it does, and in a second sentence why`,
      author: { name: 'Octo Example', email: 'octo@example.com' },
      timestamp: 1_767_323_045 + index,
    })),
    totalCommits: count,
    sender: person,
  });
}

/** Many of them, one after another, on a thread that does nothing else. */
export const renderCase: Case = {
  name: 'render',
  title: `rendering and signing a push of ${commits} commits, without sending it`,
  run: (bench) => {
    const secrets = createSecretBox([{ name: 'bench', key: randomBytes(32) }]);
    const payload = pushOf(commits);
    const material: MessageMaterial = {
      eventType: 'push',
      shape: 'sigmagit',
      acceptedAt: new Date(),
      payload,
      hookId: deliveryId,
      hookNumber: '1',
      service: 'web',
      settings: { content_type: 'json' },
      secretSettings: null,
      filter: null,
      template: null,
      repositoryId: '1',
      url: 'https://example.com/hook',
      format: 'socialgateway',
      secret: secrets.seal('a secret', hookSecretContext(deliveryId)),
      previousSecret: null,
      headers: null,
    };
    const options = { deliveryId, secrets, nowMs: Date.now(), build: '0000000', templated: undefined };
    const rounds = bench.isShort ? 200 : 5000;
    const tookMs: number[] = [];
    let bodyBytes = 0;
    for (let round = 0; round < 2 * rounds; round += 1) {
      const startMs = performance.now();
      bodyBytes = buildRequest(material, options).body.length;
      // The first half only warms up.
      if (round >= rounds) tookMs.push(performance.now() - startMs);
    }
    const sorted = tookMs.toSorted((one, other) => one - other);
    const at = (share: number): number => (sorted[Math.floor(sorted.length * share)] ?? 0) * 1000;
    return Promise.resolve({
      settings: { commits, rounds, payloadBytes: payload.length, bodyBytes },
      figures: [
        { name: 'p50', value: at(0.5), unit: 'µs', target: { atMost: 200 } },
        { name: 'p99', value: at(0.99), unit: 'µs' },
      ],
    });
  },
};
