import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { decodeAudio } from '../../../../src/learning/audio/decode/decode-audio.js';
import { EtudeError } from '../../../../src/util/errors.js';

const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/audio/${name}`, import.meta.url)));
const decode = (name: string, bytes = read(name)) => decodeAudio(bytes, { name, row: 2 });
const isProblem = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof EtudeError, String(error));
  assert.match(error.describe(), pattern);
  return true;
};

/** The sound that make-clips.py wrote losslessly: the same formula, rounded to the given number of bits. */
function chirp(rate: number, channels: number, bits: number): Float32Array {
  const scale = 2 ** (bits - 1);
  return Float32Array.from({ length: rate / 4 }, (_, i) => {
    const t = i / rate;
    const { PI, sin, round } = Math;
    const left = 0.4 * sin(2 * PI * (200 + 1500 * t) * t) + 0.1 * sin(2 * PI * 1234 * t);
    const right = 0.3 * sin(2 * PI * (3000 - 2500 * t) * t);
    const [a, b] = [round(left * scale) / scale, round(right * scale) / scale];
    return channels === 1 ? a : (a + b) / 2;
  });
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('FLAC', () => {
  for (const [name, channels, bits] of [
    ['stereo-16.flac', 2, 16],
    ['mono-24.flac', 1, 24],
    ['stereo-16.oga', 2, 16],
  ] as const) {
    it(`${name} gives the samples that were written`, async () => {
      const { samples, sampling_rate } = await decode(name);
      // libsndfile's writer rounds half-way values differently: at most one step apart.
      assert.ok(largestDifference(samples, chirp(sampling_rate, channels, bits)) <= 1.01 / 2 ** (bits - 1));
    });
  }

  it('that is truncated or damaged is refused', async () => {
    const whole = read('stereo-16.flac');
    await assert.rejects(
      decode('a.flac', whole.subarray(0, whole.length / 2)),
      isProblem(/^a.flac row 2: FLAC file is/),
    );
    const damaged = whole.slice();
    damaged.fill(0x55, whole.length / 2, whole.length / 2 + 40);
    await assert.rejects(decode('a.flac', damaged), isProblem(/^a.flac row 2: FLAC file is/));
    assert.equal((await decode('stereo-16.flac')).samples.length, 4000);
  });
});

describe('lossy formats', () => {
  for (const [name, tolerance] of [
    ['stereo-16.flac', 1 / 2 ** 22],
    ['mono-24.flac', 1 / 2 ** 22],
    ['stereo.mp3', 1 / 2 ** 14],
    ['mono.mp3', 1 / 2 ** 14],
    ['vorbis.ogg', 1 / 2 ** 14],
    ['opus.opus', 1 / 2 ** 10],
  ] as const) {
    it(`${name} is decoded as libsndfile decodes it`, async () => {
      const got = await decode(name);
      const expected = await decode(`${name}.expected.flac`);
      assert.equal(got.sampling_rate, expected.sampling_rate);
      const difference = largestDifference(got.samples, expected.samples);
      assert.ok(difference <= tolerance, `differs by ${difference}`);
    });
  }

  it('in Ogg are refused when truncated or damaged', async () => {
    for (const name of ['vorbis.ogg', 'opus.opus', 'stereo-16.oga']) {
      const whole = read(name);
      await assert.rejects(
        decode(name, whole.subarray(0, whole.length / 2)),
        isProblem(/Ogg file is truncated/),
      );
      const damaged = whole.slice();
      damaged[whole.length - 100]! ^= 1;
      await assert.rejects(decode(name, damaged), isProblem(/Ogg file is damaged: wrong checksum/));
    }
  });

  it('in MP3 with a length in the first frame are refused when truncated', async () => {
    const whole = read('stereo.mp3');
    await assert.rejects(decode('stereo.mp3', whole.subarray(0, 2000)), isProblem(/MP3 file is truncated/));
  });

  it('in MP3 are found after other data, as mpg123 and FFmpeg find them', async () => {
    const zeros = new Uint8Array(1500);
    const noise = Uint8Array.from({ length: 700 }, (_, i) => (i * 37) % 251);
    const syncs = new Uint8Array(64).fill(0xff);
    const tag = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x14', 'latin1'), new Uint8Array(20)]);
    const text = Buffer.from('HTTP/1.1 200 OK\r\n\r\n');
    for (const name of ['mono.mp3', 'stereo.mp3']) {
      const whole = read(name);
      const expected = await decode(name);
      for (const junk of [[zeros], [noise], [syncs], [tag, tag], [tag, zeros], [text, tag, zeros]]) {
        const got = await decode('a.mp3', Buffer.concat([...junk, whole]));
        assert.deepEqual(got, expected);
      }
      // A length in its first frame is relative to that frame.
      const cut = Buffer.concat([zeros, read('stereo.mp3').subarray(0, 2000)]);
      await assert.rejects(decode('a.mp3', cut), isProblem(/MP3 file is truncated/));
      const far = Buffer.concat([new Uint8Array(70_000), whole]);
      await assert.rejects(decode('a.mp3', far), isProblem(/not audio/));
    }
    // A jump table of a program, whose entries look like frames of layer I.
    const table = Buffer.alloc(16_000, 'f2ffff25c2ef000068000000e9e0ffff', 'hex');
    await assert.rejects(decode('a.mp3', table), isProblem(/not audio/));
  });

  it('in MP3 that change the sampling rate are refused', async () => {
    const [one, other] = [read('mono.mp3'), read('stereo.mp3')];
    const rates = await Promise.all([decode('mono.mp3'), decode('stereo.mp3')]);
    assert.notEqual(rates[0].sampling_rate, rates[1].sampling_rate);
    await assert.rejects(
      decode('a.mp3', Buffer.concat([one, other])),
      isProblem(/changes its sampling rate/),
    );
    const twice = await decode('a.mp3', Buffer.concat([one, one]));
    assert.ok(twice.samples.length >= 2 * rates[0].samples.length);
  });

  it('in consecutive Ogg streams are one clip', async () => {
    for (const name of ['vorbis.ogg', 'opus.opus', 'stereo-16.oga']) {
      const { samples, sampling_rate } = await decode(name);
      const whole = read(name);
      const thrice = await decode('a.ogg', Buffer.concat([whole, whole, whole]));
      assert.equal(thrice.sampling_rate, sampling_rate);
      assert.deepEqual([...thrice.samples], [...samples, ...samples, ...samples]);
      const cut = Buffer.concat([whole, whole.subarray(0, whole.length / 2)]);
      await assert.rejects(decode('a.ogg', cut), isProblem(/Ogg file is truncated/));
    }
  });

  it('in Ogg streams of several kinds, or multiplexed ones, are refused', async () => {
    const [vorbis, opus] = [read('vorbis.ogg'), read('opus.opus')];
    const mixed = Buffer.concat([vorbis, opus]);
    await assert.rejects(
      decode('a.ogg', mixed),
      isProblem(/changes its sampling rate or channels in stream 2/),
    );
    const firstPage = 27 + opus[26]! + opus.subarray(27, 27 + opus[26]!).reduce((sum, size) => sum + size, 0);
    const atOnce = Buffer.concat([opus.subarray(0, firstPage), vorbis, opus.subarray(firstPage)]);
    await assert.rejects(decode('a.ogg', atOnce), isProblem(/several streams at once/));
  });

  it('can be decoded many at once', async () => {
    const names = ['vorbis.ogg', 'opus.opus', 'vorbis.ogg', 'stereo.mp3', 'opus.opus', 'stereo.mp3'];
    const decoded = await Promise.all(names.map((name) => decode(name)));
    assert.deepEqual(decoded[0], decoded[2]);
    assert.deepEqual(decoded[1], decoded[4]);
    assert.deepEqual(decoded[3], decoded[5]);
  });
});
