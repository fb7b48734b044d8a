/**
 * A tap on the way to an IRC server: it hands on what passes, keeps every line that a client sends, byte for byte, and
 * can stop handing on, as a server does that hangs, or cut the connection.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A running tap. */
export interface IrcTap {
  readonly port: number;
  /** The lines that clients sent so far, without their ends. */
  readonly lines: readonly string[];
  /** Connections open now. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

/** What the tap does with a line of a client: hand it on, keep it and all after it, or reset the connection. */
export type TapRule = (line: string) => 'pass' | 'hold' | 'reset';

/** Starts a tap before the server at the port. */
export async function startIrcTap(serverPort: number, rule: TapRule = () => 'pass'): Promise<IrcTap> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: serverPort, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    sockets.add(client);
    client.on('close', () => {
      sockets.delete(client);
      upstream.destroy();
    });
    upstream.on('close', () => client.end());
    upstream.pipe(client);
    let pending = '';
    let isHeld = false;
    client.setEncoding('latin1').on('data', (text: string) => {
      const parts = (pending + text).split('\n');
      pending = parts.pop() ?? '';
      for (const part of parts) {
        const line = Buffer.from(part.replace(/\r$/, ''), 'latin1').toString();
        lines.push(line);
        const verdict = rule(line);
        if (verdict === 'reset') client.resetAndDestroy();
        if (verdict === 'hold') isHeld = true;
        if (!isHeld) upstream.write(Buffer.from(`${part}\n`, 'latin1'));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}
