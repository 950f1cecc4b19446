import { constants, deflateSync } from 'node:zlib';

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
/** Each byte is stored as its difference from the one before: neighbours are alike. */
const SUB_FILTER = 1;

/** A colour: red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/**
 * A picture of up to 256 colours as a PNG file.
 *
 * @param pixels Numbers of colours, row by row from the top.
 */
export function encodePng(pixels: Uint8Array, width: number, palette: readonly Colour[]): Uint8Array {
  const height = pixels.length / width;
  const lines = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y += 1) {
    lines[y * (width + 1)] = SUB_FILTER;
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      lines[y * (width + 1) + 1 + x] = pixels[at]! - (x === 0 ? 0 : pixels[at - 1]!);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // 8 bits per pixel, by number of a colour.
  head.set([8, 3], 8);
  // The search for repetitions differs between processors, and a report must not.
  const data = deflateSync(lines, { strategy: constants.Z_HUFFMAN_ONLY });
  return Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk('IHDR', head),
    chunk('PLTE', Uint8Array.from(palette.flat())),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** CRC-32 as PNG has it; Node has its own only from 20.15 on. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  return sum;
});

function crc32(bytes: Uint8Array): number {
  const sum = bytes.reduce((before, byte) => (before >>> 8) ^ CRC_TABLE[(before ^ byte) & 255]!, -1);
  return ~sum >>> 0;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
