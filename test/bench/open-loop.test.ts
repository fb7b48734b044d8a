import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { nowMs } from '../../bench/clock.ts';
import { latencyFigures } from '../../bench/latency-figures.ts';
import { startGenerator, type Generator } from '../../bench/load/generator.ts';
import { dueTimes, runOpenLoop } from '../../bench/load/open-loop.ts';

describe('the open loop', () => {
  it('sends nothing early and each request at its own moment', async () => {
    const dues = dueTimes(nowMs() + 10, 20, 100);

    const timed = await runOpenLoop(dues, (index) => Promise.resolve(index));

    assert.deepEqual(
      timed.map(({ answer }) => answer),
      dues.map((_, index) => index),
    );
    for (const [index, { dueMs, startedMs }] of timed.entries()) {
      assert.equal(dueMs, dues[index]);
      assert.ok(startedMs >= dueMs, `request ${index} was sent ${dueMs - startedMs} ms early`);
    }
  });

  it('goes on sending while earlier requests have no answer', async () => {
    const [first, last] = [0, 9];
    const started = Promise.withResolvers<void>();
    const send = async (index: number): Promise<void> => {
      if (index === last) started.resolve();
      if (index === first) await started.promise;
    };

    const timed = await runOpenLoop(dueTimes(nowMs(), last + 1, 100), send);

    assert.ok((timed[first]?.endedMs ?? 0) >= (timed[last]?.startedMs ?? Infinity));
  });
});

describe('the generator', () => {
  const perSecond = 100;
  const events = 100;
  const stallMs = 600;

  let generator: Generator;
  let server: Server;
  let url: string;
  let stalledUntil = Promise.resolve();

  const answer = (response: ServerResponse): void => {
    const data = { id: 'event', deliveries: [{ id: 'delivery', webhookId: 'hook' }] };
    response.writeHead(202, { 'Content-Type': 'application/json' }).end(JSON.stringify({ data }));
  };

  before(async () => {
    generator = startGenerator();
    server = createServer((request, response) => {
      request.resume().on('end', () => void stalledUntil.then(() => answer(response)));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    await generator.stop();
    server.close();
    server.closeAllConnections();
  });

  it('counts the wait of every request that a stall of the server delays, sent or not', async () => {
    const plan = {
      apiUrl: url,
      token: 'token',
      repository: { owner: 'bench', name: 'stall' },
      events,
      perSecond,
      connections: 2,
      payloadBytes: 500,
    };
    const sending = generator.sendLoad(plan);
    await new Promise<void>((resolve) => {
      server.once('request', () => resolve());
    });
    stalledUntil = delay(stallMs);
    const stallEndedMs = stalledUntil.then(nowMs);

    const { requests, accepted, refused } = await sending;

    // With two connections only two requests can be under way, but some sixty fall due within the stall; those due in
    // its first half wait for more than half of it.
    const slow = requests.filter(({ dueMs, endedMs }) => endedMs - dueMs > stallMs / 2);
    const least = (perSecond * stallMs) / 2000;
    assert.ok(slow.length >= least * 0.9, `${slow.length} requests are counted as slow, not about ${least}`);
    const endedMs = await stallEndedMs;
    const handedOver = requests.filter(({ startedMs, dueMs }) => dueMs < endedMs && startedMs < endedMs);
    assert.ok(handedOver.length > least / 2, `only ${handedOver.length} requests did not wait for the stall`);
    assert.deepEqual([requests.length, accepted.length, refused], [events, events, 0]);
  });

  it('says why an event was not accepted', async () => {
    const plan = {
      apiUrl: 'http://127.0.0.1:1',
      token: 'token',
      repository: { owner: 'bench', name: 'refused' },
      events: 3,
      batchSize: 2,
      connections: 1,
      payloadBytes: 500,
    };

    const { accepted, refused, refusals } = await generator.sendLoad(plan);

    assert.deepEqual([accepted.length, refused], [0, 3]);
    assert.match(refusals.join(), /ECONNREFUSED|bad port/i);
  });
});

describe('latency figures', () => {
  it('show the percentiles of what was measured, to a thousandth', () => {
    const latencies = Array.from({ length: 1000 }, (_, index) => index + 1);

    const { figures } = latencyFigures(latencies, {
      name: 'wait',
      percentiles: ['p50', 'p99', 'max'],
      targets: { p99: { atMost: 50 } },
    });

    for (const [index, expected] of [500, 990, 1000].entries()) {
      const value = figures[index]?.value ?? 0;
      assert.ok(Math.abs(value - expected) <= expected / 500, `${value} is not about ${expected}`);
    }
    assert.deepEqual(
      figures.map(({ name, target }) => [name, target]),
      [
        ['wait p50', undefined],
        ['wait p99', { atMost: 50 }],
        ['wait max', undefined],
      ],
    );
  });
});
