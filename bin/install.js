/**
 * Installs what is missing before `npm start`, `npm test` and `npm run demo`, and makes sure that Node 24 runs
 * them. Plain JavaScript without dependencies, for Node 18 or newer: it runs before anything is installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = process.argv[2] ?? dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, 'node_modules');
const HASH_FILE = join(MODULES, '.holdfast-lock-hash');
const LOCK_FILE = join(ROOT, '.holdfast', 'install.lock');

const LOWEST_NODE = 24;
const LOOK_AGAIN_MS = 250;
const HEARTBEAT_MS = 2_000;
/** A lock that nobody has touched for this long belongs to a process that was killed. */
const LOCK_LIFE_MS = 30_000;
const WAIT_FOR_OTHER_MS = 15 * 60_000;
const NODE_TIMEOUT_MS = 15_000;
const PREPARE_TIMEOUT_MS = 120_000;

try {
  if (!isInstalled()) await withLock(installUnlessDone);
  checkNode();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode ?? 1;
}

/** Whether node_modules is what the lockfile asks for: told by content, as git changes times at will. */
function isInstalled() {
  const lockfile = readFileSync(join(ROOT, 'package-lock.json'));
  const hash = createHash('sha256').update(lockfile).digest('hex');
  const installed = readOptional(join(MODULES, '.package-lock.json'));
  if (installed === undefined) return false;
  if (readOptional(HASH_FILE) === hash) return true;
  if (!holdsAll(JSON.parse(installed).packages ?? {}, JSON.parse(lockfile).packages ?? {})) return false;
  writeFileSync(HASH_FILE, hash);
  return true;
}

/** Optional packages are for some systems only; whether the one for this system came is npm's to judge. */
function holdsAll(installed, wanted) {
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    const found = installed[path];
    if (path === '') return true;
    if (found === undefined) return optional === true || devOptional === true;
    return found.version === version && found.integrity === integrity;
  });
}

async function installUnlessDone() {
  // Whoever had the lock before may have installed it all.
  if (isInstalled()) return;
  process.stderr.write('Installing packages (npm ci) ...\n');
  const code = await runNpm(['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional']);
  if (code !== 0) throw Object.assign(new Error('npm ci failed: see above.'), { exitCode: code });
  const lockfile = readFileSync(join(ROOT, 'package-lock.json'));
  writeFileSync(HASH_FILE, createHash('sha256').update(lockfile).digest('hex'));
  prepare();
}

/** What the first start would have to make first is made now; if that fails, the start does it and says why. */
function prepare() {
  const script = join(ROOT, 'bin', 'prepare.ts');
  const node = join(MODULES, '.bin', 'node');
  if (existsSync(script) && existsSync(node)) spawnSync(node, [script], { timeout: PREPARE_TIMEOUT_MS });
}

/** Under npm the very npm that called us, by the Node it runs on: the one in node_modules is about to go. */
function runNpm(args) {
  const { npm_execpath: npmPath, npm_node_execpath: nodePath } = process.env;
  const node = [nodePath, process.execPath].find((path) => path && !path.includes(`node_modules${sep}node-`));
  const quiet = [...args, '--loglevel=error'];
  const isNpm = npmPath !== undefined && /npm-cli\.c?js$/u.test(npmPath) && node !== undefined;
  const child = isNpm
    ? spawn(node, [npmPath, ...quiet], { cwd: ROOT, stdio: 'inherit' })
    : spawn('npm', quiet, { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`npm could not be run: ${error.message}`)));
    child.once('exit', (code) => resolve(code ?? 130));
  });
}

/** One install at a time; a second `npm start` waits for the first one's. */
async function withLock(work) {
  const deadline = Date.now() + WAIT_FOR_OTHER_MS;
  mkdirSync(dirname(LOCK_FILE), { recursive: true, mode: 0o700 });
  for (let told = false; !takeLock(); told = true) {
    if (Date.now() > deadline) throw new Error(`Another install holds ${LOCK_FILE} for too long.`);
    if (!told) process.stderr.write('Another install is running; waiting for it ...\n');
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  const heartbeat = setInterval(() => utimesSync(LOCK_FILE, new Date(), new Date()), HEARTBEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(LOCK_FILE, { force: true });
  }
}

function takeLock() {
  try {
    writeFileSync(LOCK_FILE, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    removeStaleLock();
    return false;
  }
}

function removeStaleLock() {
  const holder = readOptional(LOCK_FILE);
  const touchedMs = statSync(LOCK_FILE, { throwIfNoEntry: false })?.mtimeMs;
  if (holder === undefined || touchedMs === undefined) return;
  const isAbandoned = Date.now() - touchedMs > LOCK_LIFE_MS;
  if (!isAbandoned && (holder === '' || isAlive(Number(holder)))) return;
  const aside = `${LOCK_FILE}.${process.pid}`;
  try {
    renameSync(LOCK_FILE, aside);
    // Somebody else may have replaced it between the look and the rename: theirs goes back.
    if (readOptional(aside) !== holder) linkSync(aside, LOCK_FILE);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** npm scripts find node_modules/.bin first: when a Node is there, that is the one which must do. */
function checkNode() {
  const own = join(MODULES, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (!existsSync(own)) {
    if (majorOf(process.versions.node) >= LOWEST_NODE) return;
    throw new Error(
      `Holdfast needs Node ${LOWEST_NODE} or newer, and this is Node ${process.versions.node} ` +
        `(${process.execPath}). npm has no Node ${LOWEST_NODE} for ${process.platform}-${process.arch}, or it was ` +
        `installed without optional packages. Install Node ${LOWEST_NODE} (https://nodejs.org) and try again.`,
    );
  }
  const options = { encoding: 'utf8', timeout: NODE_TIMEOUT_MS, shell: process.platform === 'win32' };
  const { stdout, error } = spawnSync(own, ['--version'], options);
  if (majorOf(stdout ?? '') >= LOWEST_NODE) return;
  throw new Error(
    `Holdfast needs Node ${LOWEST_NODE}, but ${own} ` +
      `${stdout ? `is Node ${stdout.trim()}` : `does not run here (${error?.message ?? 'no output'})`}. ` +
      'Delete node_modules and try again.',
  );
}

function majorOf(version) {
  return Number.parseInt(version.replace(/^v/u, ''), 10) || 0;
}

function readOptional(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}
