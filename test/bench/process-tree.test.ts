import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readCpuMs, readMemory } from '../../bench/processes/process-tree.ts';
import { cpuBetween, othersBetween, readCpu, readMemories } from '../../bench/processes/usage.ts';
import { eventually } from '../support/eventually.ts';

/** Is still itself; its child computes until it is killed. It prints the child's pid. */
const parentOfBusyChild = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', 'for (;;);']);
  process.on('SIGTERM', () => { child.once('exit', () => process.exit(0)); child.kill('SIGKILL'); });
  console.log(child.pid);
  setInterval(() => undefined, 1000);
`;

/** Far less than a busy process gets on a machine that several share. */
const busyMs = 100;

describe('what a process tree uses', function () {
  if (process.platform !== 'linux') return;

  let parent: ChildProcess;
  let root: number;
  let busy: number;

  before(async () => {
    parent = spawn(process.execPath, ['-e', parentOfBusyChild], { stdio: ['ignore', 'pipe', 'inherit'] });
    root = parent.pid as number;
    const [line] = (await once(parent.stdout as NodeJS.EventEmitter, 'data')) as [Buffer];
    busy = Number(line.toString());
  });
  after(async () => {
    const ended = once(parent, 'exit');
    parent.kill('SIGTERM');
    await ended;
  });

  const grown = (read: () => number, fromMs: number): Promise<true> =>
    eventually(`${busyMs} ms of processor time are seen`, () =>
      Promise.resolve(read() - fromMs >= busyMs ? true : undefined),
    );

  it('grows with the processor time of a busy child', async () => {
    const before = readCpuMs({ root });

    await grown(() => readCpuMs({ root }), before);

    assert.ok(readCpuMs({ root }) >= readCpuMs({ root: busy }));
  });

  it('leaves out a subtree that belongs to another part', async () => {
    const parts = [
      { name: 'parent', tree: { root, without: [busy] } },
      { name: 'child', tree: { root: busy } },
    ];
    const before = readCpu(parts);

    await grown(() => readCpuMs({ root: busy }), before.parts[1]?.cpuMs ?? 0);

    const [own, childs] = cpuBetween(before, readCpu(parts));
    assert.ok((childs?.cpuMs ?? 0) >= busyMs);
    assert.ok((own?.cpuMs ?? Infinity) < (childs?.cpuMs ?? 0), `the parent itself used ${own?.cpuMs} ms`);
  });

  it('adds up the parts of one name, such as workers', async () => {
    const parts = [
      { name: 'worker', tree: { root, without: [busy] } },
      { name: 'worker', tree: { root: busy } },
    ];
    const before = readCpu(parts);

    await grown(() => readCpuMs({ root: busy }), before.parts[1]?.cpuMs ?? 0);

    const [workers, ...none] = cpuBetween(before, readCpu(parts));
    assert.ok((workers?.cpuMs ?? 0) >= busyMs);
    assert.deepEqual(none, []);
    assert.equal(readMemories(parts)[0]?.processes, 2);
  });

  it('counts what is used by processes of no part as used by others', async () => {
    const parts = [{ name: 'parent', tree: { root, without: [busy] } }];
    const before = readCpu(parts);
    const busyBefore = readCpuMs({ root: busy });

    await grown(() => readCpuMs({ root: busy }), busyBefore);

    assert.ok(othersBetween(before, readCpu(parts)) > 0);
  });

  it('refuses to subtract readings of a part that was started anew', () => {
    const before = readCpu([{ name: 'server', tree: { root } }]);
    const after = readCpu([{ name: 'server', tree: { root: busy } }]);

    assert.throws(() => cpuBetween(before, after), /server was started anew/);
  });

  it('adds up the memory of all its processes', () => {
    const whole = readMemory({ root });
    const own = readMemory({ root, without: [busy] });

    assert.deepEqual([whole.processes, own.processes], [2, 1]);
    assert.ok(whole.rssBytes > own.rssBytes && own.rssBytes > 10 * 1024 * 1024);
    assert.ok(whole.pssBytes === undefined || whole.pssBytes <= whole.rssBytes);
  });

  it('refuses to read a process that is not there', () => {
    assert.throws(() => readCpuMs({ root: 2 ** 30 }), /is not running/);
  });
});
