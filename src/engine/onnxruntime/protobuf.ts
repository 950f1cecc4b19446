/**
 * Writes the Protocol Buffers wire format: the part that an ONNX model needs.
 *
 * https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter {
  private bytes: Uint8Array;
  private view: DataView;
  private length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Writes an int32, int64 or enum field. */
  int(field: number, value: number): this {
    this.varint(field << 3);
    this.varint(value);
    return this;
  }

  /** Writes a float field. */
  float(field: number, value: number): this {
    this.varint((field << 3) | 5);
    this.reserve(4);
    this.view.setFloat32(this.length, value, true);
    this.length += 4;
    return this;
  }

  /** Writes a string field. */
  string(field: number, value: string): this {
    return this.raw(field, encoder.encode(value));
  }

  /** Writes a bytes field. */
  raw(field: number, value: Uint8Array): this {
    this.start(field, value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
    return this;
  }

  /** Begins a bytes field, or a message, of so many bytes, which the caller puts behind what is written. */
  start(field: number, length: number): this {
    this.varint((field << 3) | 2);
    this.varint(length);
    return this;
  }

  /** Writes a field that contains another message. */
  message(field: number, message: ProtobufWriter): this {
    return this.raw(field, message.finish());
  }

  /** The bytes written so far; valid until the next write. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private varint(value: number): void {
    this.reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      while (rest > 127n) {
        this.bytes[this.length++] = Number(rest & 127n) | 128;
        rest >>= 7n;
      }
      this.bytes[this.length++] = Number(rest);
      return;
    }
    let rest = value;
    while (rest > 127) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  private reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

const encoder = new TextEncoder();
