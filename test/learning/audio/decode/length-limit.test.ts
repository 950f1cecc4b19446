import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeAudio } from '../../../../src/learning/audio/decode/decode-audio.js';
import { LengthLimit, TooLong } from '../../../../src/learning/audio/decode/length-limit.js';
import { flacSilence } from '../../../support/flac-silence.js';
import { pcm16, wavFile } from '../../../support/wav-file.js';

const FILES = [
  ...['mono-24.flac', 'stereo-16.flac', 'stereo-16.oga', 'mono.mp3', 'stereo.mp3', 'opus.opus'],
  'vorbis.ogg',
];
const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/audio/${name}`, import.meta.url)));
const decode = (bytes: Uint8Array, seconds?: number) =>
  decodeAudio(bytes, { name: 'clip' }, seconds === undefined ? undefined : new LengthLimit(seconds));

test('a clip within the limit is decoded to the same samples as without one', async () => {
  for (const name of FILES) assert.deepEqual(await decode(read(name), 10), await decode(read(name)), name);
});

test('a longer one is refused, in every format, and the next is decoded', async () => {
  for (const name of FILES) {
    const { samples, sampling_rate } = await decode(read(name));
    await assert.rejects(decode(read(name), (0.9 * samples.length) / sampling_rate), TooLong, name);
    assert.equal((await decode(read(name), 10)).samples.length, samples.length, name);
  }
  const wav = pcm16(new Float32Array(16000));
  assert.equal((await decode(wav, 1)).samples.length, 16000);
  await assert.rejects(decode(wav, 0.999), TooLong);
});

test('of hours in few bytes, nothing is decoded, whatever the header says', async () => {
  const short = flacSilence(4, 65_535);
  assert.equal((await decode(short, 60)).samples.length, 65_535);
  for (const promised of [0, 16_000]) {
    const hours = flacSilence(20 * 3600, promised);
    assert.ok(hours.length < 300_000);
    await assert.rejects(decode(hours, 60), TooLong);
  }
});

test('many channels at high rates count, too', async () => {
  const wav = wavFile({ data: new Uint8Array(400_000), channels: 200, bits: 8, sampling_rate: 16_000 });
  assert.equal((await decode(wav, 2)).samples.length, 2000);
  await assert.rejects(decode(wav, 1), { message: 'the clip has too many samples' });
});
