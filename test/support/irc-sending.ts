/** Makes IRC transports for tests, which may reach the loopback only, and says small messages with them. */
import {
  createIrcTransport,
  type IrcTransport,
  type IrcTransportOptions,
} from '#activities/transports/irc/irc-transport.ts';
import type { IrcMessage } from '#domain/services/service.ts';
import { createAddressGuard } from '#platform/network/address-guard.ts';

/** A transport whose guard allows the loopback besides the public internet, and whose names all lead there. */
export function makeIrcTransport(options: Partial<IrcTransportOptions> = {}): IrcTransport {
  return createIrcTransport({
    guard: createAddressGuard({ allow: ['127.0.0.0/8'] }),
    lookup: () => Promise.resolve(['127.0.0.1']),
    ...options,
  });
}

/** A message of one line for one room, entered and left. */
export function makeIrcMessage(port: number, more: Partial<IrcMessage> = {}): IrcMessage {
  return {
    transport: 'irc',
    server: '127.0.0.1',
    port,
    secure: false,
    nick: 'holdfast',
    rooms: [{ name: '#work' }],
    join: true,
    notice: false,
    lines: ['[hello] one'],
    ...more,
  };
}
