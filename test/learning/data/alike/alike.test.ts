import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeAudio } from '../../../../src/learning/audio/decode/decode-audio.js';
import { resample } from '../../../../src/learning/audio/resample.js';
import { soundPrint } from '../../../../src/learning/audio/sound-print.js';
import { bitErrors, SoundIndex } from '../../../../src/learning/data/alike/find-alike.js';
import { Random } from '../../../../src/random/random.js';
import { folderOf } from '../../../support/audio-files.js';
import { loadIn } from '../../../support/load.js';

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
    "a clip of 'test' is also in 'train': row 1 of test is row 0 of train (test/d.flac)",
    `a clip of 'validation' sounds like one of 'train', ${like}: row 0 of validation is like row 0 of train (validation/b.mp3)`,
    `a clip of 'test' sounds like one of 'train', ${like}: row 0 of test is like row 0 of train (test/c.ogg)`,
    `2 clips of 'test' sound like clips of 'validation', ${like}: row 0 of test is like row 0 of validation (test/c.ogg)`,
  ]);
});
