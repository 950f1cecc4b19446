import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeAudio } from '../../../../src/learning/audio/decode/decode-audio.js';
import { EtudeError } from '../../../../src/util/errors.js';
import { pcm16, type WavParts, wavFile } from '../../../support/wav-file.js';

const clip = { name: 'calls/a.wav', row: 7 };
const decode = (parts: WavParts) => decodeAudio(wavFile(parts), clip);

/** Bytes of these values, by a method of Buffer. */
function written(values: number[], size: number, write: (buffer: Buffer, value: number, at: number) => void) {
  const buffer = Buffer.alloc(values.length * size);
  values.forEach((value, i) => {
    write(buffer, value, i * size);
  });
  return buffer;
}
const int16 = (...values: number[]) =>
  written(values, 2, (buffer, value, at) => buffer.writeInt16LE(value, at));

async function problemOf(bytes: Uint8Array): Promise<string> {
  try {
    await decodeAudio(bytes, clip);
  } catch (error) {
    assert.ok(error instanceof EtudeError, String(error));
    return error.describe();
  }
  return assert.fail('decoded');
}

describe('encodings of WAV', () => {
  const cases: [name: string, parts: WavParts, expected: number[]][] = [
    ['8-bit', { bits: 8, data: Uint8Array.of(0, 64, 128, 255) }, [-1, -0.5, 0, 127 / 128]],
    ['16-bit', { data: int16(-32768, 16384, 0, 32767) }, [-1, 0.5, 0, 32767 / 32768]],
    [
      '24-bit',
      {
        bits: 24,
        data: written([-8388608, 4194304, 8388607], 3, (buffer, value, at) =>
          buffer.writeIntLE(value, at, 3),
        ),
      },
      [-1, 0.5, 8388607 / 8388608],
    ],
    [
      '32-bit',
      {
        bits: 32,
        data: written([-2147483648, 1073741824], 4, (buffer, value, at) => buffer.writeInt32LE(value, at)),
      },
      [-1, 0.5],
    ],
    [
      'float32',
      {
        tag: 3,
        bits: 32,
        data: written([-1.5, 0.1], 4, (buffer, value, at) => buffer.writeFloatLE(value, at)),
      },
      [-1.5, Math.fround(0.1)],
    ],
    [
      'float64',
      {
        tag: 3,
        bits: 64,
        data: written([0.25, 0.1], 8, (buffer, value, at) => buffer.writeDoubleLE(value, at)),
      },
      [0.25, Math.fround(0.1)],
    ],
    // Values of ITU-T G.711: the ends of the scale, the smallest steps, and zero.
    [
      'mu-law',
      { tag: 7, bits: 8, data: Uint8Array.of(0x00, 0x80, 0xff, 0x7f, 0x7e, 0xf0) },
      [-32124, 32124, 0, 0, -8, 120].map((value) => value / 32768),
    ],
    [
      'A-law',
      { tag: 6, bits: 8, data: Uint8Array.of(0x2a, 0xaa, 0xd5, 0x55, 0x85, 0x00) },
      [-32256, 32256, 8, -8, 4224, -5504].map((value) => value / 32768),
    ],
  ];
  for (const [name, parts, expected] of cases) {
    for (const extensible of [false, true]) {
      it(`${name}${extensible ? ' as EXTENSIBLE' : ''}`, async () => {
        const decoded = await decode({ ...parts, extensible });
        assert.deepEqual([...decoded.samples], expected);
        assert.equal(decoded.sampling_rate, 16000);
      });
    }
  }

  it('averages channels', async () => {
    const { samples } = await decode({ channels: 2, data: int16(16384, 0, -32768, 16384) });
    assert.deepEqual([...samples], [0.25, -0.25]);
  });

  it('names an encoding that is not supported', async () => {
    const problem = await problemOf(wavFile({ tag: 0x11, bits: 8, data: Uint8Array.of(1, 2) }));
    assert.match(problem, /^calls\/a.wav row 7: WAV encoding is not supported: IMA ADPCM/);
  });
});

describe('structure of WAV', () => {
  it('skips other chunks, including the padding of those with odd lengths', async () => {
    const before = [
      { id: 'LIST', body: Uint8Array.of(1, 2, 3) },
      { id: 'junk', body: new Uint8Array(4) },
    ];
    assert.deepEqual([...(await decode({ before, data: int16(16384) })).samples], [0.5]);
  });

  it('reads samples at an odd position in memory', async () => {
    const bytes = wavFile({ data: int16(16384) });
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    assert.deepEqual([...(await decodeAudio(shifted.subarray(1), clip)).samples], [0.5]);
  });

  it('reads RF64', async () => {
    assert.deepEqual([...(await decode({ rf64: true, data: int16(16384, 0) })).samples], [0.5, 0]);
  });

  it('takes the rest of the file if the writer, writing to a pipe, could not know the size', async () => {
    // FFmpeg, SoX, SoX with frames of 3 and of 2048 bytes, arecord, and others.
    const sizes = [0xffffffff, 0x7ffff000, 0x7fffefff, 0x7fffe800, 0x80000000, 0x7fffffff, 0xffffffdb];
    for (const dataSize of sizes) {
      for (const riffSize of [0xffffffff, (dataSize + 36) % 2 ** 32, 0, 42]) {
        const { samples } = await decode({ data: int16(1, 2, 3), dataSize, riffSize });
        assert.equal(samples.length, 3, `${dataSize} ${riffSize}`);
      }
    }
    // Whole frames, even if the placeholder is not a multiple of the frame size.
    const stereo24 = { bits: 24, channels: 2, data: new Uint8Array(6 * 5 + 4), dataSize: 0x7fffeffd };
    assert.equal((await decode(stereo24)).samples.length, 5);
    const unknown = Buffer.from(wavFile({ data: int16(1, 2, 3), rf64: true }));
    unknown.fill(0xff, 28, 36);
    assert.equal((await decodeAudio(unknown, clip)).samples.length, 3);
    assert.equal((await decode({ data: int16(1, 2, 3), dataSize: 0, riffSize: 36 })).samples.length, 3);
    assert.equal((await decode({ data: int16(1, 2, 3), dataSize: 0, riffSize: 0 })).samples.length, 3);
  });

  it('drops a partial last frame', async () => {
    assert.equal((await decode({ channels: 2, data: int16(1, 2, 3) })).samples.length, 1);
  });

  it('refuses a truncated file, naming file and row', async () => {
    const whole = pcm16(new Float32Array(1000));
    const problem = await problemOf(whole.subarray(0, whole.length / 2));
    assert.match(
      problem,
      /^calls\/a.wav row 7: WAV file is truncated\n {2}expected 2000 bytes of samples\n {2}got {6}978$/,
    );
  });

  it('refuses files without a format, without samples, or with absurd headers', async () => {
    const one = int16(1);
    assert.match(await problemOf(wavFile({ data: one }).subarray(0, 12)), /no 'fmt ' chunk/);
    assert.match(await problemOf(wavFile({ data: one }).subarray(0, 36)), /no 'data' chunk/);
    assert.match(await problemOf(wavFile({ data: one }).subarray(0, 20)), /truncated/);
    assert.match(await problemOf(wavFile({ data: new Uint8Array() })), /no samples/);
    assert.match(await problemOf(wavFile({ data: one, sampling_rate: 0 })), /sampling rate.*implausible/);
    assert.match(
      await problemOf(wavFile({ data: one, sampling_rate: 0xffffffff })),
      /sampling rate.*implausible/,
    );
    assert.match(await problemOf(wavFile({ data: one, channels: 0 })), /number of channels/);
    assert.match(await problemOf(wavFile({ data: one, channels: 300 })), /number of channels/);
  });

  it('refuses chunks of absurd sizes', async () => {
    const data = int16(1, 2, 3);
    const withSize = (at: number, ...words: number[]) => {
      const bytes = Buffer.from(wavFile({ data, rf64: words.length > 1 }));
      words.forEach((word, i) => {
        bytes.writeUInt32LE(word, at + 4 * i);
      });
      return bytes;
    };
    // The size of 'fmt ', of the samples, and, in 64 bits, in 'ds64' (2^60 bytes).
    for (const size of [0xffffffff, 0x80000000, 0x7ffffff0])
      assert.match(await problemOf(withSize(16, size)), /truncated/);
    for (const size of [0x7ffeffff, 0x40000000, 1000])
      assert.match(await problemOf(withSize(40, size)), /truncated/);
    assert.match(await problemOf(withSize(28, 0, 0x10000000)), /truncated/);
  });

  it('refuses samples that are not finite', async () => {
    const data = written([0, Number.NaN], 4, (buffer, value, at) => buffer.writeFloatLE(value, at));
    assert.match(await problemOf(wavFile({ tag: 3, bits: 32, data })), /sample 1 is not a finite number/);
  });
});

describe('what is not audio', () => {
  it('is recognized by its content, whatever its name', async () => {
    assert.match(
      await problemOf(Buffer.from('hello, this is a text')),
      /not audio: starts with 'hello, this …'/,
    );
    assert.match(await problemOf(Uint8Array.of(1, 2, 3, 4)), /not audio: starts with bytes 01 02 03 04/);
    assert.match(await problemOf(new Uint8Array()), /audio file is empty/);
  });

  it('is named if the format is known', async () => {
    const known: [start: string, name: string][] = [
      ['FORM....AIFFCOMM', 'AIFF'],
      ['FORM....AIFCCOMM', 'AIFF-C'],
      ['....ftypM4A ....', 'MPEG-4 (M4A, MP4)'],
      ['....ftyp3gp4....', 'MPEG-4 (M4A, MP4)'],
      ['\x1a\x45\xdf\xa3....webm', 'WebM or Matroska'],
      ['#!AMR\n......', 'AMR'],
      ['#!AMR-WB\n...', 'AMR'],
      ['\x30\x26\xb2\x75\x8e\x66\xcf\x11', 'Windows Media'],
      ['\xff\xf1\x50\x80....', 'AAC (ADTS)'],
      ['ADIF........', 'AAC (ADIF)'],
      ['wvpk........', 'WavPack'],
      ['MAC ........', "Monkey's Audio"],
      ['caff........', 'Core Audio'],
    ];
    for (const [start, name] of known) {
      const problem = await problemOf(Buffer.from(start, 'latin1'));
      assert.ok(problem.includes(`${name} is not supported`), problem);
      assert.match(problem, /Convert it: ffmpeg -i FILE FILE.wav/);
    }
  });
});
