/** What the parts of an installation use: processor time between two moments, and memory at one. */
import { nowMs } from '../clock.ts';
import {
  readCpuMs,
  readMachineCpuMs,
  readMemory,
  type ProcessTree,
  type TreeMemory,
} from './process-tree.ts';

/** A part of the whole, by the name it has in the table. */
export interface Part {
  readonly name: string;
  readonly tree: ProcessTree;
}

/** Processor time of every part at one moment. */
export interface CpuReading {
  readonly atMs: number;
  /** Of the whole machine. */
  readonly machineMs: number;
  readonly parts: readonly (Part & { readonly cpuMs: number })[];
}

/** Processor time that a part used between two readings. */
export interface PartCpu {
  readonly name: string;
  readonly cpuMs: number;
}

/** Reads the processor time of every part. */
export function readCpu(parts: readonly Part[]): CpuReading {
  return {
    atMs: nowMs(),
    machineMs: readMachineCpuMs(),
    parts: parts.map((part) => ({ ...part, cpuMs: readCpuMs(part.tree) })),
  };
}

/**
 * The processor time between two readings.
 *
 * @throws when a part was started anew in between: then the difference would mean nothing
 */
export function cpuBetween(before: CpuReading, after: CpuReading): readonly PartCpu[] {
  return after.parts.map(({ name, tree, cpuMs }) => {
    const earlier = before.parts.find((part) => part.name === name);
    if (earlier?.tree.root !== tree.root) throw new Error(`${name} was started anew while it was measured`);
    return { name, cpuMs: cpuMs - earlier.cpuMs };
  });
}

/**
 * What everything but the parts used between two readings, in percent of one core. A machine that others keep busy
 * gives figures that mean little.
 */
export function othersBetween(before: CpuReading, after: CpuReading): number {
  const partsMs = cpuBetween(before, after).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const othersMs = after.machineMs - before.machineMs - partsMs;
  return Math.max(0, (othersMs * 100) / (after.atMs - before.atMs));
}

/** Reads the memory of every part. */
export function readMemories(parts: readonly Part[]): readonly (TreeMemory & { readonly name: string })[] {
  return parts.map(({ name, tree }) => ({ name, ...readMemory(tree) }));
}
