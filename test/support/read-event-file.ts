import assert from 'node:assert/strict';

/** The fields of a Protocol Buffers message, by number, in order: numbers, or bytes. */
type Message = Map<number, (number | Buffer)[]>;

export interface ReadEvent {
  time: number;
  step: number;
  version?: string;
  /** `SessionLog.status` */
  session?: number;
  scalars: Record<string, number>;
  texts: Record<string, string>;
}

/** Reads an event file of TensorBoard's, and checks its frame and every checksum. */
export function readEventFile(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    assert.equal(file.readUInt32LE(at + 8), maskedChecksum(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    assert.equal(data.length, length);
    assert.equal(file.readUInt32LE(at + 12 + length), maskedChecksum(data));
    events.push(eventOf(data));
    at += 16 + length;
  }
  return events;
}

function eventOf(data: Buffer): ReadEvent {
  const event = parse(data);
  const one = (message: Message, field: number) => message.get(field)?.[0];
  const read: ReadEvent = {
    time: (one(event, 1) as Buffer).readDoubleLE(),
    step: (one(event, 2) as number | undefined) ?? 0,
    scalars: {},
    texts: {},
  };
  const version = one(event, 3) as Buffer | undefined;
  if (version !== undefined) read.version = version.toString();
  const session = one(event, 7) as Buffer | undefined;
  if (session !== undefined) read.session = one(parse(session), 1) as number;
  const summary = one(event, 5) as Buffer | undefined;
  for (const value of (summary && (parse(summary).get(1) as Buffer[])) ?? []) {
    const fields = parse(value);
    const tag = String(one(fields, 1));
    const simple = one(fields, 2) as Buffer | undefined;
    if (simple !== undefined) read.scalars[tag] = simple.readFloatLE();
    else read.texts[tag] = String(one(parse(one(fields, 8) as Buffer), 8));
  }
  return read;
}

function parse(data: Buffer): Message {
  const message: Message = new Map();
  let at = 0;
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = data[at++]!;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const key = number();
    const size = [undefined, 8, undefined, undefined, undefined, 4][key % 8];
    let value: number | Buffer;
    if (key % 8 === 0) value = number();
    else {
      const length = size ?? number();
      value = data.subarray(at, at + length);
      at += length;
    }
    message.set(Math.floor(key / 8), [...(message.get(Math.floor(key / 8)) ?? []), value]);
  }
  return message;
}

/** CRC-32C bit by bit, masked as TFRecord does. */
function maskedChecksum(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc % 2 === 0 ? 0 : 0x82f63b78);
    crc >>>= 0;
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
