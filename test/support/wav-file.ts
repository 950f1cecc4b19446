/** What a test WAV file consists of; `fmt` fields default to 16-bit PCM mono at 16 kHz. */
export interface WavParts {
  /** Bytes of the samples. */
  data: Uint8Array;
  tag?: number;
  channels?: number;
  sampling_rate?: number;
  bits?: number;
  /** As EXTENSIBLE, with the tag in the sub-format. */
  extensible?: boolean;
  /** Chunks before the samples. */
  before?: { id: string; body: Uint8Array }[];
  /** Instead of the true sizes. */
  riffSize?: number;
  dataSize?: number;
  /** As RF64, with the true size of the samples in a 'ds64' chunk. */
  rf64?: boolean;
}

/** Writes a WAV file byte by byte, valid or not as the test wants it. */
export function wavFile(parts: WavParts): Uint8Array {
  const { data, tag = 1, channels = 1, sampling_rate = 16000, bits = 16, extensible = false } = parts;
  const frame = (channels * bits) / 8;
  const format = Buffer.alloc(extensible ? 40 : 16);
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(sampling_rate, 4);
  format.writeUInt32LE((sampling_rate * frame) >>> 0, 8);
  format.writeUInt16LE(frame, 12);
  format.writeUInt16LE(bits, 14);
  if (extensible) {
    format.writeUInt16LE(22, 16);
    format.writeUInt16LE(bits, 18);
    format.writeUInt16LE(tag, 24);
    Buffer.from('000000001000800000aa00389b71', 'hex').copy(format, 26);
  }
  const sizes = Buffer.alloc(28);
  sizes.writeBigUInt64LE(BigInt(data.length), 8);
  const chunks = [
    ...(parts.rf64 ? [chunk('ds64', sizes)] : []),
    ...(parts.before ?? []).map(({ id, body }) => chunk(id, body)),
    chunk('fmt ', format),
    chunk('data', data, parts.dataSize ?? (parts.rf64 ? 0xffffffff : data.length)),
  ];
  const body = Buffer.concat([Buffer.from('WAVE'), ...chunks]);
  const header = Buffer.from(parts.rf64 ? 'RF64....' : 'RIFF....');
  header.writeUInt32LE(parts.riffSize ?? (parts.rf64 ? 0xffffffff : body.length), 4);
  return Uint8Array.from(Buffer.concat([header, body]));
}

/** 16-bit PCM mono of these samples (−1 … 1). */
export function pcm16(samples: ArrayLike<number>, sampling_rate = 16000): Uint8Array {
  const data = Buffer.alloc(samples.length * 2);
  for (let i = 0; i < samples.length; i++) data.writeInt16LE(Math.round(samples[i]! * 32767), i * 2);
  return wavFile({ data, sampling_rate });
}

function chunk(id: string, body: Uint8Array, size = body.length): Buffer {
  const header = Buffer.from(`${id}....`);
  header.writeUInt32LE(size, 4);
  return Buffer.concat([header, body, Buffer.alloc(body.length % 2)]);
}
