/** What the figures were measured on: a figure without its machine means nothing. */
import { open, rm } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { latencyFigures } from '../latency-figures.ts';
import { nowMs } from '../clock.ts';

/** The machine. */
export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memoryGigabytes: number;
  readonly kernel: string;
  /** Runnable processes over the last minute, before the bench began: above about 0.3 the figures are noisy. */
  readonly loadBefore: number;
  /** Milliseconds for one write of 8 KB and its fdatasync, in the folder where the data lie. */
  readonly fdatasyncMs: { readonly p50: number | undefined; readonly p99: number | undefined };
}

const writes = 200;
const writeBytes = 8192;

/** Looks at the machine; writes a small file in the folder for a moment. */
export async function describeMachine(folder: string): Promise<Machine> {
  const all = cpus();
  return {
    cores: all.length,
    model: all[0]?.model.trim() ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 1024 ** 3),
    kernel: `${type()} ${release()}`,
    loadBefore: loadavg()[0] ?? 0,
    fdatasyncMs: await measureFdatasync(folder),
  };
}

async function measureFdatasync(folder: string): Promise<Machine['fdatasyncMs']> {
  const path = join(folder, 'fdatasync');
  const file = await open(path, 'w');
  const page = Buffer.alloc(writeBytes, 'x');
  const times: number[] = [];
  try {
    for (let write = 0; write < writes; write += 1) {
      const startedMs = nowMs();
      await file.write(page, 0, writeBytes, write * writeBytes);
      await file.datasync();
      times.push(nowMs() - startedMs);
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  const { figures } = latencyFigures(times, { name: 'fdatasync', percentiles: ['p50', 'p99'] });
  return { p50: figures[0]?.value, p99: figures[1]?.value };
}
