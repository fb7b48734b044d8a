/**
 * Tells whether a process is the one that listens on a port. Without it, a stranger's server that took the
 * port of ours while it was down would pass for ours.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';

/** Whether the process listens on the TCP port; undefined where the system does not tell. */
export function listensOn(pid: number, port: number): boolean | undefined {
  try {
    const sockets = new Set([
      ...findListeners('/proc/net/tcp', port),
      ...findListeners('/proc/net/tcp6', port),
    ]);
    return readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
      const inode = /^socket:\[(\d+)\]$/u.exec(readLink(`/proc/${pid}/fd/${descriptor}`))?.[1];
      return inode !== undefined && sockets.has(inode);
    });
  } catch {
    return undefined;
  }
}

/** The socket numbers that listen on the port, as the kernel's table has them. */
function findListeners(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readTable(table).flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/u);
    return state === LISTENING && local.endsWith(suffix) ? [inode] : [];
  });
}

function readTable(table: string): readonly string[] {
  try {
    return readFileSync(table, 'utf8').split('\n');
  } catch (error) {
    // A machine without IPv6 has no second table.
    if (table.endsWith('6')) return [];
    throw error;
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
