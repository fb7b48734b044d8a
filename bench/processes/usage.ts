/** What the parts of an installation use: processor time between two moments, and memory at one. */
import { nowMs } from '../clock.ts';
import {
  readCpuMs,
  readMachineCpuMs,
  readMemory,
  type ProcessTree,
  type TreeMemory,
} from './process-tree.ts';

/** A part of the whole, by the name it has in the table; several of one name, such as workers, are added up. */
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

/** Whether both readings are of the same processes: none has been started anew in between. */
export function isSameParts(before: CpuReading, after: CpuReading): boolean {
  const rootsOf = ({ parts }: CpuReading): string => parts.map(({ tree }) => tree.root).join();
  return rootsOf(before) === rootsOf(after);
}

/**
 * The processor time between two readings.
 *
 * @throws when a part was started anew in between: then the difference would mean nothing
 */
export function cpuBetween(before: CpuReading, after: CpuReading): readonly PartCpu[] {
  const sums = new Map<string, number>();
  for (const { name, tree, cpuMs } of after.parts) {
    const earlier = before.parts.find((part) => part.name === name && part.tree.root === tree.root);
    if (earlier === undefined) throw new Error(`${name} was started anew while it was measured`);
    sums.set(name, (sums.get(name) ?? 0) + cpuMs - earlier.cpuMs);
  }
  return [...sums].map(([name, cpuMs]) => ({ name, cpuMs }));
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

/** Memory that a part holds. */
export type PartMemory = TreeMemory & { readonly name: string };

/** Reads the memory of every part. */
export function readMemories(parts: readonly Part[]): readonly PartMemory[] {
  const sums = new Map<string, PartMemory>();
  for (const { name, tree } of parts) {
    const memory = readMemory(tree);
    const earlier = sums.get(name);
    sums.set(name, earlier === undefined ? { name, ...memory } : addMemories(earlier, memory));
  }
  return [...sums.values()];
}

function addMemories(one: PartMemory, other: TreeMemory): PartMemory {
  const isReadable = one.pssBytes !== undefined && other.pssBytes !== undefined;
  return {
    name: one.name,
    pssBytes: isReadable ? (one.pssBytes ?? 0) + (other.pssBytes ?? 0) : undefined,
    rssBytes: one.rssBytes + other.rssBytes,
    processes: one.processes + other.processes,
  };
}
