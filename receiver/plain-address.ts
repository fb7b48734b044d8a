/** One spelling for one client: IPv4 that a dual-stack socket shows as IPv6 becomes IPv4 again, zones are left out. */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';

const mapped = /^::ffff:(?<rest>[\da-f.:]+)$/;

/** The address without disguise, or undefined when the text is no address. */
export function plainAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (isIPv4(text)) return text;
  const [address = ''] = text.split('%', 1);
  if (!isIPv6(text) || !isIPv6(address)) return undefined;
  // The system's own spelling: `0:0:0:0:0:FFFF:c000:201` comes back as `::ffff:192.0.2.1`.
  const spelled = new SocketAddress({ address, family: 'ipv6' }).address;
  const carried = mapped.exec(spelled)?.groups?.['rest'];
  return carried !== undefined && isIPv4(carried) ? carried : spelled;
}
