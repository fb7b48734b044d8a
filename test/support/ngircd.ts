/**
 * ngIRCd, the server that Debian has, run for a test on a free port and in a folder of its own. Where it is not
 * installed its packages are fetched and unpacked into the cache folder: nothing of the machine is changed.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, glob, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findCacheFolder } from '#platform/embedded/cache-folder.ts';
import { findFreePort } from '#platform/embedded/free-port.ts';

import { eventually } from './eventually.ts';
import type { IrcServer, IrcServerOptions } from './irc-server.ts';

const run = promisify(execFile);
/** The program, and the one library that it needs and a small system lacks. */
const packageNames = ['ngircd', 'libident'];
const fetchMs = 30_000;
const aptOptions = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=10'];

/** Where the program is, and where its libraries are besides the system's. */
export interface Ngircd {
  readonly command: string;
  readonly libraries: string;
}

/** The installed one, or one from the cache folder; undefined where Debian's packages cannot be had. */
export async function findNgircd(): Promise<Ngircd | undefined> {
  const installed: Ngircd = { command: '/usr/sbin/ngircd', libraries: '' };
  if (await isRunnable(installed)) return installed;
  const folder = join(await findCacheFolder(process.env), 'ngircd');
  const cached = await unpackedIn(folder);
  if (cached !== undefined) return cached;
  try {
    await fetchInto(folder);
    return await unpackedIn(folder);
  } catch {
    return undefined; // No Debian, no network, or no such package: the tests have another server.
  }
}

async function unpackedIn(folder: string): Promise<Ngircd | undefined> {
  const libraries = await Array.fromAsync(glob(join(folder, 'usr', 'lib', '*')));
  const found: Ngircd = { command: join(folder, 'usr', 'sbin', 'ngircd'), libraries: libraries.join(':') };
  return (await isRunnable(found)) ? found : undefined;
}

async function isRunnable({ command, libraries }: Ngircd): Promise<boolean> {
  try {
    await access(command);
    await run(command, ['--version'], { env: environment(libraries), timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}

function environment(libraries: string): NodeJS.ProcessEnv {
  return libraries === '' ? process.env : { ...process.env, LD_LIBRARY_PATH: libraries };
}

/** Fetches beside the folder and renames, so that nobody ever sees half of it. */
async function fetchInto(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const fetching = await mkdtemp(`${folder}-`);
  const options = { cwd: fetching, timeout: fetchMs };
  const aptGet = (...words: string[]) => run('apt-get', [...aptOptions, ...words], options);
  try {
    await aptGet('download', ...packageNames).catch(async () => {
      await aptGet('update'); // A new machine has no lists of packages yet.
      await aptGet('download', ...packageNames);
    });
    const packages = await Array.fromAsync(glob('*.deb', { cwd: fetching }));
    for (const file of packages) await run('dpkg-deb', ['-x', file, '.'], options);
    await rm(folder, { recursive: true });
    await rename(fetching, folder);
  } finally {
    await rm(fetching, { recursive: true, force: true });
  }
}

/** Starts the server. */
export async function startNgircd(
  { command, libraries }: Ngircd,
  { password, certificate }: IrcServerOptions = {},
): Promise<IrcServer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-ngircd-'));
  await chmod(folder, 0o755);
  const port = await findFreePort(undefined);
  const securePort = certificate === undefined ? 0 : await findFreePort(undefined, [port]);
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  };
  const config = [
    '[Global]',
    'Name = irc.ngircd.test',
    'Info = Holdfast tests',
    'Listen = 127.0.0.1',
    `Ports = ${port}`,
    'MotdPhrase = hello',
    ...(password === undefined ? [] : [`Password = ${password}`]),
    ...(process.getuid?.() === 0 ? ['ServerUID = nobody'] : []),
    '[Limits]',
    'MaxConnectionsIP = 0',
    'MaxNickLength = 17',
    'MaxPenaltyTime = 0',
    '[Options]',
    'DNS = no',
    'Ident = no',
    'PAM = no',
    ...(certificate === undefined
      ? []
      : [
          '[SSL]',
          `CertFile = ${await write('cert.pem', certificate.cert)}`,
          `KeyFile = ${await write('key.pem', certificate.key)}`,
          `Ports = ${securePort}`,
        ]),
  ];
  const file = await write('ngircd.conf', `${config.join('\n')}\n`);
  const child = spawn(command, ['-n', '-f', file], { env: environment(libraries), stdio: 'ignore' });
  const ended = once(child, 'close');
  await eventually('ngIRCd listens', () =>
    child.exitCode === null ? canConnect(port) : Promise.reject(new Error('ngIRCd ended')),
  );
  return {
    port,
    securePort,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function canConnect(port: number): Promise<true | undefined> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
