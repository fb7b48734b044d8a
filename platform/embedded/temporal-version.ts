/** Tells whether a `temporal` program runs here and is new enough for us. */
import { runCommand } from './run-command.ts';

const TIMEOUT_MS = 10_000;
const LOWEST_CLI = [1, 5] as const;
const LOWEST_SERVER = [1, 29] as const;

/** What the program says of itself. */
export interface TemporalVersion {
  readonly cli: string;
  readonly server: string;
  readonly isNewEnough: boolean;
}

/** Runs `temporal --version`; throws when it does not run, or is something else. */
export async function readTemporalVersion(path: string, env: NodeJS.ProcessEnv): Promise<TemporalVersion> {
  const shown = await runCommand(path, ['--version'], { env, timeoutMs: TIMEOUT_MS });
  const { cli, server } =
    /^temporal version (?<cli>\S+) \(Server (?<server>[^,\s]+)/mu.exec(shown)?.groups ?? {};
  if (cli === undefined || server === undefined) {
    throw new Error(`${path} --version does not look like Temporal's: ${shown.trim().slice(0, 100)}`);
  }
  // A program built from source calls itself 0.0.0-DEV: then only its server's version counts.
  const isBuiltFromSource = cli.startsWith('0.0.0');
  const isNewEnough = (isBuiltFromSource || isAtLeast(cli, LOWEST_CLI)) && isAtLeast(server, LOWEST_SERVER);
  return { cli, server, isNewEnough };
}

function isAtLeast(version: string, [lowestMajor, lowestMinor]: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version
    .replace(/^v/u, '')
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return major > lowestMajor || (major === lowestMajor && minor >= lowestMinor);
}
