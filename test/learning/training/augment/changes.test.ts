import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MU_LAW } from '../../../../src/learning/audio/decode/g711.js';
import { augmentClip, type Hearing } from '../../../../src/learning/training/augment/augment-clip.js';
import { amplitudeOf } from '../../../../src/learning/training/augment/decibels.js';
import { addNoise, rootMeanSquare, scaled } from '../../../../src/learning/training/augment/level.js';
import { makeNoise } from '../../../../src/learning/training/augment/make-noise.js';
import { openNoises } from '../../../../src/learning/training/augment/open-noises.js';
import { shifted } from '../../../../src/learning/training/augment/shift.js';
import { encodeMuLaw, highPass, overTelephone } from '../../../../src/learning/training/augment/telephone.js';
import { Random } from '../../../../src/random/random.js';
import type { Changes, Features } from '../../../../src/stage/artifact.js';
import { fractions } from '../../../support/augment-clips.js';
import { MemoryObjects } from '../../../support/memory-objects.js';
import { maxDifference } from '../../../support/reference-model.js';
import { makeDataset } from '../../../support/stage.js';

const fixture = new URL('../../../fixtures/augment/expected.json', import.meta.url);
const expected = JSON.parse(readFileSync(fixture, 'utf8'));
const [clip, noise] = [fractions(200, 37), fractions(200, 11)];

const every: Required<Omit<Changes, 'background_noise'>> = {
  speed: { factors: [0.9, 1.1], p: 0.5 },
  shift: { min_shift: -0.5, max_shift: 0.5, shift_unit: 'fraction', rollover: true, p: 0.5 },
  gain: { min_gain_db: -12, max_gain_db: 12, p: 0.5 },
  noise: { color: 'pink', min_snr_db: 5, max_snr_db: 40, p: 0.5 },
  telephone: { p: 0.5 },
};
const always = (changes: Changes): Changes =>
  Object.fromEntries(Object.entries(changes).map(([name, change]) => [name, { ...change, p: 1 }]));
const hear = (changes: Changes, hearing: Partial<Hearing> = {}, samples = fractions(2000, 37)) =>
  augmentClip(samples, 16000, changes, 14, { epoch: 0, row: 0, time: 0, ...hearing });

test('noise is added as torchaudio.functional.add_noise does', () => {
  for (const [snr, sum] of Object.entries<number[]>(expected.add_noise))
    assert.ok(maxDifference(addNoise(clip, noise, amplitudeOf(Number(snr))), sum) < 2e-6, snr);
  assert.equal(addNoise(new Float32Array(200), noise, 2)[0], 0);
  assert.equal(addNoise(clip, new Float32Array(200), 2), clip);
});

test('gain and shift are those of audiomentations', () => {
  for (const [gain, louder] of Object.entries<number[]>(expected.gain))
    assert.ok(maxDifference(scaled(clip, amplitudeOf(Number(gain))), louder) < 1e-6, gain);
  for (const [name, moved] of Object.entries<number[]>(expected.shift)) {
    const [by, rollover] = name.split(' ');
    assert.ok(maxDifference(shifted(clip, Number(by), rollover === 'true'), moved) < 1e-6, name);
  }
  assert.deepEqual(shifted(clip, 250, false), new Float32Array(200));
  assert.deepEqual(shifted(clip, 250, true), shifted(clip, 50, true));
});

test('a speed changes the length as SpeedPerturbation of torchaudio does, and the pitch with it', async () => {
  for (const [factor, length] of Object.entries<number>(expected.speed))
    assert.equal((await hear({ speed: { factors: [Number(factor)], p: 1 } }, {}, clip)).length, length);
  const tone = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i / 10));
  const fast = await hear({ speed: { factors: [1.25], p: 1 } }, {}, tone);
  const middle = fast.subarray(1000, 2000);
  assert.ok(
    maxDifference(
      middle,
      Float32Array.from({ length: 1000 }, (_, i) => Math.sin((i + 1000) / 8)),
    ) < 1e-3,
  );
});

test("a telephone line has mu-law as libsndfile encodes it, and SciPy's high-pass filter", () => {
  const { samples, decoded } = expected.mu_law;
  assert.deepEqual(
    samples.map((sample: number) => MU_LAW[encodeMuLaw(sample)]! * 32768),
    decoded,
  );
  assert.ok(maxDifference(highPass(clip), expected.high_pass) < 1e-6);
  const level = (hertz: number) => {
    const tone = Float32Array.from(
      { length: 16000 },
      (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / 16000),
    );
    const heard = overTelephone(tone, 16000);
    assert.equal(heard.length, tone.length);
    return rootMeanSquare(heard) / rootMeanSquare(tone);
  };
  assert.ok(Math.abs(level(1000) - 1) < 0.02);
  assert.ok(level(60) < 0.06);
  assert.ok(level(5000) < 0.01);
  assert.equal(overTelephone(fractions(333, 3), 11025).length, 333);
});

test('levels are powers of ten to the last digits', () => {
  for (let db = -240; db <= 240; db += 7.3)
    assert.ok(Math.abs(amplitudeOf(db) / 10 ** (db / 20) - 1) < 1e-13, `${db}`);
  assert.equal(amplitudeOf(0), 1);
});

test('white noise is as loud at all frequencies, pink noise 3 dB softer per octave', () => {
  const size = 4096;
  const bandLevels = (color: 'white' | 'pink') => {
    const sums = [16, 64, 256, 1024].map(() => 0);
    const random = Random.stream(5, color);
    for (let block = 0; block < 4; block++) {
      const samples = makeNoise(size, color, random);
      [16, 64, 256, 1024].forEach((first, band) => {
        for (let bin = first; bin < first + 16; bin++) {
          let [re, im] = [0, 0];
          samples.forEach((sample, i) => {
            re += sample * Math.cos((2 * Math.PI * bin * i) / size);
            im += sample * Math.sin((2 * Math.PI * bin * i) / size);
          });
          sums[band]! += re * re + im * im;
        }
      });
    }
    return sums.map((sum) => 10 * Math.log10(sum / sums[0]!));
  };
  bandLevels('white').forEach((level) => {
    assert.ok(Math.abs(level) < 1.5, `${level}`);
  });
  // The first band is wider than the others, relative to where it is.
  const [, second, third, fourth] = bandLevels('pink');
  for (const fall of [second! - third!, third! - fourth!]) assert.ok(Math.abs(fall - 6) < 1.5, `${fall}`);
});

test('what is heard depends on seed, epoch, row and time alone', async () => {
  const all = always(every);
  const heard = await hear(all);
  assert.deepEqual(await hear(all), heard);
  const others: Partial<Hearing>[] = [{ epoch: 1 }, { row: 1 }, { time: 1 }];
  for (const other of others) assert.notDeepEqual(await hear(all, other), heard);
  const samples = fractions(2000, 37);
  const other = await augmentClip(samples, 16000, all, 15, { epoch: 0, row: 0, time: 0 });
  assert.notDeepEqual(other, heard);
  assert.deepEqual(samples, fractions(2000, 37), 'the clip is not written to');
  // Bytes that every machine gets: what is drawn and computed by sums and products.
  const { speed: _, telephone: __, ...exact } = all;
  const digest = createHash('sha256')
    .update(new Uint8Array((await hear(exact)).buffer))
    .digest('hex');
  assert.equal(digest.slice(0, 16), 'd6513bc3dda15075');
});

test('a change is made with its probability, whatever else is', async () => {
  const quiet = Object.fromEntries(
    Object.entries(every).map(([name, change]) => [name, { ...change, p: 0 }]),
  ) as Changes;
  const samples = fractions(2000, 37);
  assert.equal(await hear(quiet, {}, samples), samples);
  const rows = Array.from({ length: 400 }, (_, row) => row);
  const changedBy = (changes: Changes) =>
    Promise.all(rows.map(async (row) => (await hear(changes, { row }, clip)) !== clip));
  const changed = await changedBy({ gain: every.gain });
  const share = changed.filter(Boolean).length;
  assert.ok(share > 160 && share < 240, `${share}`);
  assert.deepEqual(await changedBy({ gain: every.gain, shift: { ...every.shift, p: 0 } }), changed);
});

test('a recording of noise is added from some place, or repeated', async () => {
  const objects = new MemoryObjects();
  const recordings = [fractions(5000, 11), fractions(70, 5)];
  const features: Features = { audio: { _type: 'Audio', storage: 'samples', sampling_rate: 16000 } };
  const audio = recordings.map((array) => ({ array, path: null }));
  const noises = openNoises(await makeDataset(features, { audio }, objects), objects);
  const background_noise = { min_snr_db: 6, max_snr_db: 6, p: 1 };
  const drawn = async (row: number) => {
    const heard = await augmentClip(
      clip,
      16000,
      { background_noise },
      1,
      { epoch: 0, row, time: 0 },
      { noises },
    );
    return heard.map((sample, i) => sample - clip[i]!);
  };
  const added = await Promise.all(Array.from({ length: 12 }, (_, row) => drawn(row)));
  const repeated = added.filter((noise) => maxDifference(noise.subarray(70), noise.subarray(0, -70)) < 1e-6);
  assert.ok(repeated.length > 0 && repeated.length < 12, 'both recordings');
  assert.equal(new Set(added.map((noise) => noise[0])).size, 13 - repeated.length, 'from different places');
  for (const noise of added)
    assert.ok(Math.abs(rootMeanSquare(clip) / rootMeanSquare(noise) - 10 ** 0.3) < 1e-4);
});

test('a clip is not made too short for the model', async () => {
  const fast: Changes = { speed: { factors: [2], p: 1 } };
  const heard = async (length: number, shortest: number) => {
    const hearing = { epoch: 0, row: 0, time: 0 };
    return (await augmentClip(fractions(length, 3), 16000, fast, 1, hearing, { shortest })).length;
  };
  assert.equal(await heard(400, 200), 200);
  assert.equal(await heard(400, 201), 400);
  // One that is shorter anyway is somebody else's problem.
  assert.equal(await heard(400, 500), 400);
});
