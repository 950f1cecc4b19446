import { count } from '../../../util/words.js';
import { damaged } from './damaged.js';

/** Supported protocols of Python's pickle module; torch.save writes 2. */
const PROTOCOLS = { from: 2, to: 5 };

/** Reads the parts of a pickle, never beyond its bytes. */
export class PickleReader {
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public position: number,
    readonly file: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** Unlike everything else, big-endian. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A signed integer of this many bytes; a bigint beyond 2⁵³. */
  integer(length: number): number | bigint {
    if (length > 16)
      throw damaged(this.file, 'the pickle has an implausibly large number', { got: count(length, 'byte') });
    let value = 0n;
    this.take(length).forEach((byte, index) => {
      value |= BigInt(byte) << BigInt(8 * index);
    });
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  /** Up to a line feed. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw damaged(this.file, 'the pickle is truncated');
    const text = this.text(end - this.position);
    this.position += 1;
    return text;
  }

  skip(length: number): void {
    this.#advance(length);
  }

  protocol(): void {
    const { from, to } = PROTOCOLS;
    const protocol = this.byte();
    if (protocol < from || protocol > to)
      throw damaged(this.file, 'the pickle has an unknown protocol', {
        expected: `${from} to ${to}`,
        got: `${protocol}`,
      });
  }

  #advance(length: number): number {
    const start = this.position;
    if (start + length > this.bytes.length) throw damaged(this.file, 'the pickle is truncated');
    this.position += length;
    return start;
  }
}
