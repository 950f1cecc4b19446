/**
 * A FLAC file of silence, at 16 kHz and 16 bits: some 14 bytes stand for four seconds.
 *
 * @param promised The samples that its header has; 0: it does not say.
 */
export function flacSilence(seconds: number, promised = 0): Uint8Array {
  const info = Buffer.alloc(42);
  info.write('fLaC', 'latin1');
  info.set([0x80, 0, 0, 34], 4);
  info.writeUInt16BE(BLOCK, 8);
  info.writeUInt16BE(BLOCK, 10);
  // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, and 36 of samples.
  info.writeBigUInt64BE((16000n << 44n) | (15n << 36n) | BigInt(promised), 18);
  const frames = Math.ceil((seconds * 16000) / BLOCK);
  return Buffer.concat([info, ...Array.from({ length: frames }, (_, number) => frame(number))]);
}

const BLOCK = 65_535;

function frame(number: number): Buffer {
  const head = Buffer.from([0xff, 0xf8, 0x75, 0x08, ...utf8(number), (BLOCK - 1) >> 8, (BLOCK - 1) & 255]);
  // A constant subframe: one value for all samples.
  const start = Buffer.from([...head, crc(head, 0x07, 8), 0, 0, 0]);
  const sum = crc(start, 0x8005, 16);
  return Buffer.from([...start, sum >> 8, sum & 255]);
}

/** A number as UTF-8 encodes code points, surrogates or not. */
function utf8(number: number): number[] {
  if (number < 0x80) return [number];
  if (number < 0x800) return [0xc0 | (number >> 6), 0x80 | (number & 63)];
  return [0xe0 | (number >> 12), 0x80 | ((number >> 6) & 63), 0x80 | (number & 63)];
}

function crc(bytes: Uint8Array, polynomial: number, bits: 8 | 16): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte << (bits - 8);
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ ((sum >> (bits - 1)) & 1 ? polynomial : 0);
    sum &= (1 << bits) - 1;
  }
  return sum;
}
