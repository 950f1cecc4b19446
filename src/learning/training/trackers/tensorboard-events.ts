import { crc32c } from './crc32c.js';

/** An entry of an event file: one of the fields of TensorFlow's `Event` message. */
export type TensorBoardEvent =
  | { type: 'version' }
  /** What was reported of this step and later ones is void. */
  | { type: 'start'; step: number }
  | { type: 'scalars'; step: number; values: Readonly<Record<string, number>> }
  | { type: 'text'; tag: string; text: string };

/** `SessionLog.START` */
const START = 1;
/** `DT_STRING` */
const STRING = 7;

/**
 * A record of an event file, as PyTorch's `SummaryWriter` writes it: an `Event` message (event.proto and
 * summary.proto of TensorBoard) in TFRecord's frame, which is the length, its checksum, the bytes, theirs.
 *
 * @param time Seconds since 1970.
 */
export function eventRecord(event: TensorBoardEvent, time: number): Uint8Array {
  const step = 'step' in event && event.step > 0 ? [varint(2, event.step)] : [];
  return framed(Buffer.concat([double(1, time), ...step, content(event)]));
}

function content(event: TensorBoardEvent): Uint8Array {
  switch (event.type) {
    case 'version':
      return bytes(3, Buffer.from('brain.Event:2'));
    case 'start':
      return bytes(7, varint(1, START));
    case 'scalars': {
      const values = Object.entries(event.values).map(([tag, value]) =>
        bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
      );
      return bytes(5, Buffer.concat(values));
    }
    case 'text': {
      const metadata = bytes(1, bytes(1, Buffer.from('text')));
      const shape = bytes(2, varint(1, 1));
      const tensor = [varint(1, STRING), bytes(2, shape), bytes(8, Buffer.from(event.text))];
      const tag = Buffer.from(`${event.tag}/text_summary`);
      return bytes(
        5,
        bytes(1, Buffer.concat([bytes(1, tag), bytes(8, Buffer.concat(tensor)), bytes(9, metadata)])),
      );
    }
  }
}

function framed(data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, masked(length), data, masked(data)]);
}

function masked(data: Uint8Array): Uint8Array {
  const crc = crc32c(data);
  const result = Buffer.alloc(4);
  result.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return result;
}

function varint(field: number, value: number): Uint8Array {
  return Buffer.concat([key(field, 0), number(value)]);
}

function double(field: number, value: number): Uint8Array {
  const result = Buffer.alloc(8);
  result.writeDoubleLE(value);
  return Buffer.concat([key(field, 1), result]);
}

function float(field: number, value: number): Uint8Array {
  const result = Buffer.alloc(4);
  result.writeFloatLE(value);
  return Buffer.concat([key(field, 5), result]);
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([key(field, 2), number(value.length), value]);
}

function key(field: number, type: number): Uint8Array {
  return number(field * 8 + type);
}

/** A base-128 number. */
function number(value: number): Uint8Array {
  const digits: number[] = [];
  let rest = value;
  while (rest >= 128) {
    digits.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...digits, rest]);
}
