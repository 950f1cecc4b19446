import { count } from '../../../util/words.js';
/**
 * Reads tables of a flatbuffer as Arrow's IPC format uses them (flatbuffers.dev/internals). Every access is
 * checked against the buffer: anything outside is a RangeError, and a vector cannot be longer than the rest
 * of the buffer, so a hostile file cannot demand more memory or time than its own size.
 */
export class FlatTable {
  private readonly vtable: number;
  private readonly vtableSize: number;

  constructor(
    readonly view: DataView,
    readonly at: number,
  ) {
    this.vtable = at - view.getInt32(at, true);
    this.vtableSize = view.getUint16(this.vtable, true);
  }

  /** The table at the start of a buffer. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, view.getUint32(0, true));
  }

  /** The position of field `i`; 0 if it has its default value. */
  private field(i: number): number {
    const entry = 4 + 2 * i;
    const offset = entry + 2 <= this.vtableSize ? this.view.getUint16(this.vtable + entry, true) : 0;
    return offset === 0 ? 0 : this.at + offset;
  }

  uint8(i: number, absent = 0): number {
    const at = this.field(i);
    return at === 0 ? absent : this.view.getUint8(at);
  }

  int16(i: number, absent = 0): number {
    const at = this.field(i);
    return at === 0 ? absent : this.view.getInt16(at, true);
  }

  int32(i: number, absent = 0): number {
    const at = this.field(i);
    return at === 0 ? absent : this.view.getInt32(at, true);
  }

  /** A 64-bit number that counts bytes or rows. */
  count(i: number): number {
    const at = this.field(i);
    return at === 0 ? 0 : countAt(this.view, at);
  }

  table(i: number): FlatTable | undefined {
    const at = this.field(i);
    return at === 0 ? undefined : new FlatTable(this.view, at + this.view.getUint32(at, true));
  }

  string(i: number): string {
    const { start, length } = this.vector(i, 1);
    return Buffer.from(this.view.buffer, this.view.byteOffset + start, length).toString('utf8');
  }

  tables(i: number): FlatTable[] {
    const { start, length } = this.vector(i, 4);
    return Array.from({ length }, (_, k) => {
      const at = start + 4 * k;
      return new FlatTable(this.view, at + this.view.getUint32(at, true));
    });
  }

  /** A vector of structs of two 64-bit counts. */
  pairs(i: number): [number, number][] {
    const { start, length } = this.vector(i, 16);
    return Array.from({ length }, (_, k) => [
      countAt(this.view, start + 16 * k),
      countAt(this.view, start + 16 * k + 8),
    ]);
  }

  private vector(i: number, size: number): { start: number; length: number } {
    const field = this.field(i);
    if (field === 0) return { start: 0, length: 0 };
    const at = field + this.view.getUint32(field, true);
    const length = this.view.getUint32(at, true);
    const start = at + 4;
    if (start + length * size > this.view.byteLength)
      throw new RangeError(`a vector of ${count(length, 'item')} does not fit`);
    return { start, length };
  }
}

function countAt(view: DataView, at: number): number {
  const value = view.getBigInt64(at, true);
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`a length of ${value}`);
  return Number(value);
}
