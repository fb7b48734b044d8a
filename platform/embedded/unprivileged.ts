/**
 * PostgreSQL refuses to run as root. This finds the launcher that runs it as `nobody` when we are root:
 * `setpriv` becomes the command by exec, so that the pid and the signals stay PostgreSQL's own.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const TIMEOUT_MS = 5_000;
const NOBODY = 65_534;

/** The user a server runs as when we are root, and the words to put before its command line. */
export interface Unprivileged {
  readonly uid: number;
  readonly gid: number;
  readonly launcher: readonly string[];
}

/** How to run a command without root's rights; undefined when we do not have them anyway. */
export async function findUnprivileged(): Promise<Unprivileged | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const uid = await readId('-u');
  const gid = await readId('-g');
  const asNobody = ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  // With this one capability kept, the data may lie below folders that only root may enter.
  const withAccess = [
    ...asNobody,
    '--securebits=+no_setuid_fixup',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
  ];
  let failure: unknown;
  for (const launcher of [withAccess, asNobody]) {
    const [file = '', ...args] = launcher;
    try {
      await run(file, [...args, 'true'], { timeout: TIMEOUT_MS });
      return { uid, gid, launcher };
    } catch (error) {
      failure = error;
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and `setpriv`, which would run it as `nobody`, is missing or refused. ' +
      'Install util-linux (Debian: apt-get install util-linux; Alpine: apk add setpriv), ' +
      'or run Holdfast as an ordinary user.',
    { cause: failure },
  );
}

async function readId(flag: '-u' | '-g'): Promise<number> {
  try {
    const id = Number.parseInt((await run('id', [flag, 'nobody'], { timeout: TIMEOUT_MS })).stdout, 10);
    return id > 0 ? id : NOBODY;
  } catch {
    return NOBODY;
  }
}
