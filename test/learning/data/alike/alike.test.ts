import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeAudio } from '../../../../src/learning/audio/decode/decode-audio.js';
import { decodeStart } from '../../../../src/learning/audio/decode/decode-start.js';
import { encodeWav } from '../../../../src/learning/audio/encode-wav.js';
import { resample } from '../../../../src/learning/audio/resample.js';
import { soundPrint } from '../../../../src/learning/audio/sound-print.js';
import { bitErrors, SoundIndex } from '../../../../src/learning/data/alike/find-alike.js';
import { VERSION } from '../../../../src/learning/data/alike/identify-clips.js';
import { warnOfRepeatedClips } from '../../../../src/learning/data/repeated-clips.js';
import { Random } from '../../../../src/random/random.js';
import { sha256 } from '../../../../src/util/sha256.js';
import { folderOf } from '../../../support/audio-files.js';
import { clipDataset } from '../../../support/clips.js';
import { loadIn } from '../../../support/load.js';
import { MemoryChunkResults, MemoryObjects } from '../../../support/memory-objects.js';
import { contextOf } from '../../../support/stage.js';

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/alike/${name}`, import.meta.url));
const { samples, sampling_rate: rate } = await decodeAudio(fixture('clip.flac'), { name: 'clip' });
const original = soundPrint(samples, rate);

/** Another clip of as many samples: the same one backwards. */
const other = soundPrint(samples.toReversed(), rate);
const index = new SoundIndex([other, original]);

test('the same recording at another level or rate, or with noise, is found', () => {
  const random = Random.stream(1, 'noise');
  const power = samples.reduce((sum, value) => sum + value ** 2, 0) / samples.length;
  const noise = new Float32Array(samples.length);
  random.fillNormal(noise, Math.sqrt(power / 100));
  const late = new Float32Array(samples.length + rate / 10);
  late.set(samples, rate / 10);
  const copies: [string, Float32Array, number, number][] = [
    ['gain', samples.map((value) => value / 4), rate, 0.01],
    ['rate', resample(samples, rate, 44100), 44100, 0.01],
    ['noise at 20 dB', samples.map((value, i) => value + noise[i]!), rate, 0.2],
    ['delay', late, rate, 0.1],
  ];
  for (const [what, copy, at, most] of copies) {
    const found = index.find(soundPrint(copy, at));
    assert.equal(found?.clip, 1, what);
    assert.ok(found.errors <= most, `${what}: ${found.errors}`);
  }
});

test('other sounds, silence and clips too short to judge are not alike', () => {
  assert.equal(new SoundIndex([other]).find(original), undefined);
  assert.ok(bitErrors(original, other, 0) > 0.35);
  assert.equal(index.find(soundPrint(new Float32Array(rate), rate)), undefined);
  assert.equal(soundPrint(samples.subarray(0, rate / 10), rate).length, 0);
  // A part of a clip is not the clip.
  assert.equal(index.find(soundPrint(samples.subarray(0, samples.length / 2), rate)), undefined);
});

test('the start of a long file sounds as in the whole file, of which little is read', async () => {
  const long = new Float32Array(40 * samples.length);
  for (let i = 0; i < 40; i += 1) long.set(samples, i * samples.length);
  const seconds = 0.5;
  const files: Record<string, Uint8Array> = {
    wav: encodeWav(long, rate),
    flac: fixture('clip.flac'),
    mp3: fixture('clip.mp3'),
    ogg: fixture('clip.ogg'),
  };
  for (const [name, bytes] of Object.entries(files)) {
    // Repeated, so that it is larger than a head; of the end, no more than a start is looked at.
    const file = name === 'wav' ? bytes : Buffer.concat([bytes, Buffer.alloc(2 ** 17, bytes)]);
    let most = 0;
    const read = async (start: number, end: number) => {
      most = Math.max(most, end);
      return Uint8Array.from(file.subarray(start, end));
    };
    const size = Math.floor(0.8 * bytes.length);
    const starts = { mp3: size, ogg: size, flac: size };
    const start = await decodeStart({ length: file.length, read }, seconds, { name }, starts);
    const whole = await decodeAudio(bytes, { name });
    assert.equal(start.samples.length, seconds * start.sampling_rate, name);
    assert.deepEqual(start.samples, whole.samples.subarray(0, start.samples.length), name);
    assert.ok(most < Math.max(file.length / 2, 2 ** 17), `${name}: ${most} of ${file.length} bytes`);
  }
});

test('what is known of clips is found once for all stages, and kept under its own version', async () => {
  const objects = new MemoryObjects();
  const dataset = await clipDataset(objects, [[0, 1]], { train: [0], test: [1] });
  const chunks = new MemoryChunkResults();
  let heard = 0;
  const progress = ({ done }: { done: number }) => {
    heard = Math.max(heard, done);
  };
  for (const [code, expected] of [
    ['load', 2],
    ['split', 0],
  ] as const) {
    heard = 0;
    await warnOfRepeatedClips(contextOf({}, { objects, chunks, code, progress }), dataset);
    assert.equal(heard, expected, code);
  }
  // Another digest means another result: then VERSION in identify-clips.ts must change, and this.
  const print = sha256(new Uint8Array(original.buffer));
  assert.deepEqual([VERSION, print.slice(0, 16)], [1, 'cbba889c88ed14f1']);
});

test('a dataset with copies from other codecs in two splits is loaded with a warning', async (t) => {
  const dir = folderOf(t, {
    'train/a.flac': fixture('clip.flac'),
    'validation/b.mp3': fixture('clip.mp3'),
    'test/c.ogg': fixture('clip.ogg'),
    'test/d.flac': fixture('clip.flac'),
  });
  const { warnings } = await loadIn(dir, { path: '.', drop_labels: true });
  const like = 'perhaps the same recording at another level, rate or codec';
  assert.deepEqual(warnings, [
    `a clip of 'validation' sounds like one of 'train', ${like}: row 0 of validation (validation/b.mp3) is like row 0 of train (train/a.flac)`,
    "a clip of 'test' is also in 'train': row 1 of test (test/d.flac) is row 0 of train (train/a.flac)",
    `a clip of 'test' sounds like one of 'train', ${like}: row 0 of test (test/c.ogg) is like row 0 of train (train/a.flac)`,
    `2 clips of 'test' sound like clips of 'validation', ${like}: row 0 of test (test/c.ogg) is like row 0 of validation (validation/b.mp3)`,
  ]);
});
