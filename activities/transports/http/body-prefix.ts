/**
 * Keeps the first bytes of a body, raw, whatever comes after them. Never inflates and never holds more than it keeps:
 * chunks are copied, so that a byte does not keep the whole of its network buffer alive.
 */

/** The kept beginning of a body that arrives in chunks. */
export class BodyPrefix {
  /** Bytes of the body seen so far, kept or not. */
  seen = 0;
  readonly #keepBytes: number;
  #buffer = Buffer.alloc(0);
  #length = 0;

  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  /** Takes the next chunk. */
  add(chunk: Uint8Array): void {
    this.seen += chunk.length;
    const part = chunk.subarray(0, this.#keepBytes - this.#length);
    if (part.length === 0) return;
    this.#makeRoom(this.#length + part.length);
    this.#buffer.set(part, this.#length);
    this.#length += part.length;
  }

  /** What was kept. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Doubles the room, so that many small chunks cost no more than a few copies. */
  #makeRoom(needed: number): void {
    if (needed <= this.#buffer.length) return;
    const size = Math.min(this.#keepBytes, Math.max(needed, this.#buffer.length * 2));
    const larger = Buffer.allocUnsafeSlow(size);
    larger.set(this.bytes());
    this.#buffer = larger;
  }
}
