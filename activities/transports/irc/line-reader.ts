/**
 * Cuts what comes from the server into lines. It keeps no more than one line that has not ended, and no NUL: a server
 * that sends either without bound does not speak IRC.
 */
import { ReceiverFailure } from '../failures.ts';
import { ircLimits } from './irc-limits.ts';

/** Takes bytes, gives lines. */
export class LineReader {
  #pending = Buffer.alloc(0);
  #bytes = 0;
  #lines = 0;

  /**
   * The lines that have ended with these bytes, without their ends; empty ones are left out. A CR alone ends a line
   * too, as it does for some servers. Throws a `ReceiverFailure` past the bounds.
   */
  read(bytes: Buffer): readonly string[] {
    this.#bytes += bytes.length;
    if (this.#bytes > ircLimits.receivedBytes) throw protocolError('it says too much');
    if (bytes.includes(0)) throw protocolError('it sends a NUL');
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const end = Math.max(all.lastIndexOf(0x0a), all.lastIndexOf(0x0d)) + 1;
    this.#pending = Buffer.from(all.subarray(end));
    if (this.#pending.length > ircLimits.receivedLineBytes) throw protocolError('a line does not end');
    const lines = all
      .toString('utf8', 0, end)
      .split(/[\r\n]+/)
      .filter((line) => line !== '');
    this.#lines += lines.length;
    if (this.#lines > ircLimits.receivedLines) throw protocolError('it says too much');
    if (lines.some((line) => line.length > ircLimits.receivedLineBytes)) {
      throw protocolError('a line is too long');
    }
    return lines;
  }
}

function protocolError(detail: string): ReceiverFailure {
  return new ReceiverFailure('protocol_error', detail);
}
