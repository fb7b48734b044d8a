/**
 * Reads from /proc what processes and all their descendants have used, as the kernel counts it: processor time, memory.
 * Works on Linux only, and says so elsewhere.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A process and everything below it, without the subtrees that belong to somebody else. */
export interface ProcessTree {
  readonly root: number;
  /** Roots of subtrees that do not count. */
  readonly without?: readonly number[];
}

/** Memory of a tree in bytes. */
export interface TreeMemory {
  /** Each shared page divided among those who share it; undefined when the system does not let us read it. */
  readonly pssBytes: number | undefined;
  /** Shared pages counted once for each process. */
  readonly rssBytes: number;
  readonly processes: number;
}

/** Ticks in a second, as Linux shows them to programs on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** Where fields stand in /proc/<pid>/stat, counted behind the command's closing parenthesis. */
const fieldOf = { parent: 1, utime: 11, stime: 12, childrenUtime: 13, childrenStime: 14 } as const;

interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/**
 * Milliseconds of processor time that the tree has used, descendants that ended and were reaped included.
 *
 * @throws when the root is not running
 */
export function readCpuMs(tree: ProcessTree): number {
  const ticks = membersOf(tree).reduce((sum, member) => sum + member.ticks, 0);
  return (ticks * 1000) / ticksPerSecond;
}

/** Memory that the tree holds now. Reading it costs the kernel some time: not for use amid a measurement. */
export function readMemory(tree: ProcessTree): TreeMemory {
  const members = membersOf(tree);
  const pss = members.map(({ pid }) => readKilobytes(pid, 'smaps_rollup', 'Pss'));
  const isReadable = pss.some((kilobytes) => kilobytes !== undefined);
  const rss = members.map(({ pid }) => readKilobytes(pid, 'status', 'VmRSS') ?? 0);
  const sum = (values: readonly (number | undefined)[]): number =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0) * 1024;
  return {
    pssBytes: isReadable ? sum(pss) : undefined,
    rssBytes: sum(rss),
    processes: members.length,
  };
}

/** Milliseconds of processor time that the whole machine has used, on all cores, since it was started. */
export function readMachineCpuMs(): number {
  const [, ...fields] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/) ?? [];
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields.map(Number);
  return ((user + nice + system + irq + softirq + steal) * 1000) / ticksPerSecond;
}

function membersOf({ root, without = [] }: ProcessTree): readonly ProcessState[] {
  const all = readAll();
  const first = all.find(({ pid }) => pid === root);
  if (first === undefined) throw new Error(`Process ${root} is not running`);
  const members = [first];
  for (const member of members) {
    members.push(...all.filter(({ pid, parent }) => parent === member.pid && !without.includes(pid)));
  }
  return members;
}

function readAll(): readonly ProcessState[] {
  if (!existsSync('/proc/self/stat')) {
    throw new Error('The bench reads processor time and memory from /proc: run it on Linux');
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readState(Number(name)) ?? []);
}

/** A process may end between the listing and the look: then there is nothing to tell. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function readState(pid: number): ProcessState | undefined {
  const text = readProc(pid, 'stat');
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (index: number): number => Number(fields[index]);
  const ticks = at(fieldOf.utime) + at(fieldOf.stime) + at(fieldOf.childrenUtime) + at(fieldOf.childrenStime);
  return { pid, parent: at(fieldOf.parent), ticks };
}

function readKilobytes(pid: number, file: string, name: string): number | undefined {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readProc(pid, file) ?? '')?.[1];
  return value === undefined ? undefined : Number(value);
}
