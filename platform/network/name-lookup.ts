/**
 * Turns host names into addresses without letting one slow name server hold up the rest.
 *
 * `dns.lookup` runs getaddrinfo on libuv's four threads, which files and crypto share: four names with a sleepy name
 * server, which any hook's owner can arrange, would stop every delivery. So names are asked through c-ares
 * (`dns.Resolver`: sockets, no threads, a time limit for each query). What c-ares does not know, names of
 * `/etc/hosts`, search domains and containers, is asked of the system afterwards: names without a dot, and names that
 * DNS says do not exist. Each kind goes through a gate of its own, one question at a time, so that two threads always
 * stay free, and a name that its owner makes slow cannot hold up the operator's own names without a dot.
 *
 * Equal questions under way share one answer. Answers are not kept: connections are, so there is little to save.
 * Never judges an address; the guard does.
 */
import { lookup as systemLookup, Resolver } from 'node:dns/promises';

/** Finds every address of a host name. Rejects with a `NameLookupError` when there is none to be had. */
export type NameLookup = (host: string) => Promise<readonly string[]>;

/** The name has no address (`ENOTFOUND`, `ENODATA`), or the resolver failed; `code` says which. */
export class NameLookupError extends Error {
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(`Name lookup failed: ${code}`, options);
    this.name = 'NameLookupError';
    this.code = code;
  }
}

/** What asks the questions; replaceable in tests. */
export interface NameSources {
  readonly ipv4: NameLookup;
  readonly ipv6: NameLookup;
  readonly system: NameLookup;
}

const queryTimeoutMs = 2000;
const queryTries = 2;
const systemQuestionsWaiting = 200;

/** Makes the lookup that a process uses for all of its connections. */
export function createNameLookup(sources: NameSources = realSources()): NameLookup {
  const underWay = new Map<string, Promise<readonly string[]>>();
  const askLocal = throughGate(sources.system);
  const askUnknown = throughGate(sources.system);

  return function lookUp(host) {
    const name = host.toLowerCase();
    const running = underWay.get(name);
    if (running !== undefined) return running;
    const resolving = hasDot(name) ? resolveInDns(name, sources, askUnknown) : askLocal(name);
    const answer = resolving.finally(() => underWay.delete(name));
    underWay.set(name, answer);
    return answer;
  };
}

function hasDot(name: string): boolean {
  return name.slice(0, -1).includes('.');
}

async function resolveInDns(
  name: string,
  sources: NameSources,
  askSystem: NameLookup,
): Promise<readonly string[]> {
  const answers = await Promise.allSettled([sources.ipv4(name), sources.ipv6(name)]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length > 0) return addresses;
  const codes = answers.flatMap((answer) => (answer.status === 'rejected' ? [codeOf(answer.reason)] : []));
  const failure = codes.find((code) => !unknownToDns.has(code));
  if (failure !== undefined) throw new NameLookupError(failure);
  return await askSystem(name);
}

/** Codes after which the system may still know the name. ECONNREFUSED: this machine has no name server at all. */
const unknownToDns: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'ECONNREFUSED', 'EBADNAME']);

/** Lets one question through at a time, keeps some waiting, and refuses the rest. */
function throughGate(ask: NameLookup): NameLookup {
  const waiting: (() => void)[] = [];
  let busy = false;

  return async function gated(name) {
    if (busy) {
      if (waiting.length >= systemQuestionsWaiting) throw new NameLookupError('EAGAIN');
      await new Promise<void>((enter) => waiting.push(enter));
    }
    busy = true;
    try {
      return await ask(name);
    } catch (error) {
      throw new NameLookupError(codeOf(error), { cause: error });
    } finally {
      const next = waiting.shift();
      if (next === undefined) busy = false;
      else next();
    }
  };
}

function realSources(): NameSources {
  const resolver = new Resolver({ timeout: queryTimeoutMs, tries: queryTries });
  return {
    ipv4: (name) => resolver.resolve4(name),
    ipv6: (name) => resolver.resolve6(name),
    system: async (name) => (await systemLookup(name, { all: true })).map(({ address }) => address),
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'EUNKNOWN';
}
