/**
 * Says whether a text can be the URL of a hook, and gives the one spelling that is stored and used from then on.
 * It looks at the text only: which addresses may be reached is the address guard's matter, asked at every attempt.
 */
import { hookLimits } from './limits.ts';

/** What `checkHookUrl` found. */
export type HookUrlCheck =
  | { readonly ok: true; readonly href: string; readonly host: string; readonly port: number }
  | { readonly ok: false; readonly message: string };

/** Ports whose services speak other protocols, which a POST could be made to confuse. */
const deniedPorts: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 445, 465, 512, 513, 514,
  515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521, 1719, 1720,
  1723, 2049, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 6000, 6379, 6566, 6665, 6666, 6667,
  6668, 6669, 6679, 6697, 7233, 9042, 9092, 10080, 11211, 27017,
]);

/** Control, format and unassigned characters, and every kind of white space: `new URL` would drop some silently. */
const invisible = /[\p{C}\p{Z}\s]/u;

/** Checks the URL of a hook, as its owner gave it. */
export function checkHookUrl(text: string, rules: { readonly httpsOnly: boolean }): HookUrlCheck {
  if (text === '') return refused('A URL is required');
  if (text.length > hookLimits.urlLength) return refused(tooLong);
  if (invisible.test(text)) return refused('The URL holds white space or control characters');
  if (!URL.canParse(text)) return refused('This is not a URL');
  const url = new URL(text);
  const fault = findFault(url, rules.httpsOnly);
  if (fault !== undefined) return refused(fault);
  url.hash = '';
  return { ok: true, href: url.href, host: url.hostname, port: portOf(url) };
}

const tooLong = `The URL is longer than ${hookLimits.urlLength} characters`;

function findFault(url: URL, httpsOnly: boolean): string | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return 'The URL must begin with https:// or http://';
  if (httpsOnly && url.protocol !== 'https:') return 'The URL must begin with https://';
  if (url.username !== '' || url.password !== '') return 'The URL must not hold a user name or password';
  if (url.href.length > hookLimits.urlLength) return tooLong;
  if (!isHostShaped(url.hostname)) return 'The host of the URL is not a host name or address';
  const port = portOf(url);
  if (port === 0 || deniedPorts.has(port)) return `Port ${port} is not one that hooks may use`;
  return undefined;
}

/** An address in brackets, or labels of at most 63 characters; `new URL` has settled the rest. */
function isHostShaped(host: string): boolean {
  if (host.startsWith('[')) return true;
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  return name.length <= 253 && /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/.test(name);
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function refused(message: string): HookUrlCheck {
  return { ok: false, message };
}
