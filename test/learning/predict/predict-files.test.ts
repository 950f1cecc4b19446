import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it, test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { audioInputs } from '../../../src/learning/predict/audio-inputs.js';
import { Classifier } from '../../../src/learning/predict/classifier.js';
import { predictFiles } from '../../../src/learning/predict/predict-files.js';
import type { Prediction } from '../../../src/learning/predict/prediction.js';
import { activationOf, bestScores } from '../../../src/learning/predict/scores.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { writePredictModels } from '../../support/predict-models.js';
import { tempFolder } from '../../support/temp-folder.js';
import { wavFile } from '../../support/wav-file.js';

interface Expected {
  files: Record<string, string>;
  clips: Record<string, { logits: number[] | null; scores: { label: string; score: number }[] }>;
}

const fixture = new URL('../../fixtures/predict/expected.json', import.meta.url);
const { clips: digests, ...models } = JSON.parse(readFileSync(fixture, 'utf8')) as Record<
  string,
  Expected
> & {
  clips: Record<string, string>;
};
/** Of several labels, and of numbers. */
const OTHERS = ['several-labels', 'number', 'numbers'];
const root = tempFolder('predict');
writePredictModels(root);
// Before the tests, not on import: in a process with other files, these may open another engine meanwhile.
before(() =>
  openEngine(testEngine, { threads: 1, device: testEngine === 'onnxruntime' ? testDevice : undefined }),
);

const digestsIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(join(root, folder))
      .sort()
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(root, folder, name)))
          .digest('hex'),
      ]),
  );
const open = (model: string) =>
  Classifier.open(
    readdirSync(join(root, model)).map((name) => ({ name, path: join(root, model, name) })),
    model,
  );

/** Loaded once: a graph is then compiled once for each length of clips. */
const loaded = new Map<string, ReturnType<typeof open>>();
function load(model: string): ReturnType<typeof open> {
  const known = loaded.get(model) ?? open(model);
  loaded.set(model, known);
  return known;
}

async function predict(model: string, paths: string[], batchSize: number, topK = 99): Promise<Prediction[]> {
  const predictions: Prediction[] = [];
  const inputs = await audioInputs(paths);
  for await (const each of predictFiles(await load(model), inputs, { batchSize, topK }))
    predictions.push(each);
  return predictions;
}

/** The scores by label, for comparing. */
function byLabel(scores: readonly { label: string; score: number }[]): [string, number][] {
  return scores
    .map(({ label, score }): [string, number] => [label, score])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

function assertClose(
  one: readonly [string, number][],
  other: readonly [string, number][],
  most: number,
  what: string,
) {
  assert.deepEqual(
    one.map(([label]) => label),
    other.map(([label]) => label),
  );
  for (const [index, [label, score]] of one.entries())
    assert.ok(
      Math.abs(score - other[index]![1]) < most,
      `${what}, ${label}: ${score} and ${other[index]![1]}`,
    );
}

describe('a model folder written here gives the same results in transformers', () => {
  for (const [name, expected] of Object.entries(models)) {
    it(`${name}: logits`, async () => {
      assert.deepEqual(digestsIn(name), expected.files);
      assert.deepEqual(digestsIn('clips'), digests);
      const classifier = await load(name);
      for (const [clip, { logits }] of Object.entries(expected.clips)) {
        if (logits === null) continue;
        const wav = readFileSync(join(root, 'clips', clip)).subarray(44);
        const samples = Float32Array.from(
          new Int16Array(Uint8Array.from(wav).buffer),
          (value) => value / 32768,
        );
        const [computed] = classifier.logits([classifier.prepare(samples)]);
        computed!.forEach((value, id) => {
          assert.ok(Math.abs(value - logits[id]!) < 1e-4, `${clip}: ${computed} and ${logits}`);
        });
      }
    });

    for (const batchSize of [1, 4]) {
      it(`${name}: scores of pipeline("audio-classification"), ${batchSize} at a time`, async () => {
        const predictions = await predict(name, [join(root, 'clips')], batchSize);
        assert.deepEqual(
          predictions.map(({ file }) => file.slice(root.length + 7)),
          Object.keys(expected.clips).sort(),
        );
        for (const prediction of predictions) {
          const clip = prediction.file.slice(root.length + 7);
          assert.ok('scores' in prediction);
          const resampled = ['telephone.wav', 'music.wav'].includes(clip);
          // The pipeline resamples with FFmpeg, whose filter differs from ours.
          const most = resampled ? 1e-2 : OTHERS.includes(name) ? 1e-5 : 1e-4;
          assertClose(byLabel(prediction.scores), byLabel(expected.clips[clip]!.scores), most, clip);
        }
      });
    }
  }
});

test('scores of several labels and of numbers are those of transformers, not shares of a whole', () => {
  for (const name of OTHERS) {
    const { logits, scores } = models[name]!.clips['long.wav']!;
    const sum = scores.reduce((total, { score }) => total + score, 0);
    assert.ok(Math.abs(sum - 1) > 0.05, name);
    const best = Math.max(...logits!);
    const expected = name === 'several-labels' ? 1 / (1 + Math.exp(-best)) : best;
    assert.ok(Math.abs(scores[0]!.score - expected) < 1e-6, name);
  }
});

test('only the best classes are given if fewer are requested', async () => {
  const [all] = await predict('hubert', [join(root, 'clips', 'a.wav')], 1);
  const [best] = await predict('hubert', [join(root, 'clips', 'a.wav')], 1, 3);
  assert.ok('scores' in all! && 'scores' in best!);
  assert.equal(all.scores.length, 7);
  assert.deepEqual(best.scores, all.scores.slice(0, 3));
});

test('a clip that cannot be decoded says why, and the others are classified', async () => {
  const broken = join(root, 'broken.wav');
  const short = join(root, 'short.wav');
  writeFileSync(broken, 'this is not audio');
  writeFileSync(short, readFileSync(join(root, 'clips', 'a.wav')).subarray(0, 44 + 40));
  const paths = [join(root, 'missing.wav'), broken, join(root, 'clips', 'a.wav'), short];
  const [missing, not, a, tooShort] = await predict('base', paths, 3);
  assert.match((missing as { error: string }).error, /missing\.wav.*no such file/);
  assert.match((not as { error: string }).error, /broken\.wav: not audio/);
  assert.ok('scores' in a!);
  assert.match((tooShort as { error: string }).error, /short\.wav/);
});

describe('every kind of bad clip is reported, wherever it comes, and the others are classified', () => {
  const bytesOf = (samples: Float32Array) => new Uint8Array(samples.buffer);
  const float = (sampling_rate: number, samples: Float32Array) =>
    wavFile({ tag: 3, bits: 32, sampling_rate, data: bytesOf(samples) });
  const loud = Float32Array.from({ length: 400 }, (_, i) => (i < 200 ? 3.4e38 : -3.4e38));
  const bad: Record<string, [bytes: Uint8Array, error: RegExp]> = {
    empty: [new Uint8Array(0), /audio file is empty/],
    text: [Buffer.from('this is not audio'), /not audio/],
    header: [wavFile({ data: new Uint8Array(0) }), /audio has no samples/],
    short: [wavFile({ data: new Uint8Array(60) }), /too short/],
    cut: [wavFile({ data: new Uint8Array(3000) }).subarray(0, 2000), /truncated/],
    nan: [float(16000, Float32Array.of(0, Number.NaN, 0)), /sample 1 is not a finite number/],
    loud: [float(8000, loud), /is not a finite number/],
    m4a: [Buffer.concat([Buffer.from('....ftypM4A '), new Uint8Array(99)]), /MPEG-4 .* is not supported/],
  };
  const folder = join(root, 'bad');
  mkdirSync(folder);
  for (const [name, [bytes]] of Object.entries(bad)) writeFileSync(join(folder, `${name}.wav`), bytes);
  const paths = [
    ...Object.keys(bad).map((name) => join(folder, `${name}.wav`)),
    folder.concat('/missing.wav'),
  ];
  const errors = [...Object.values(bad).map(([, error]) => error), /no such file/];
  const good = join(root, 'clips', 'a.wav');
  const orders: [string, string[]][] = [
    ['none good', paths],
    ['good ones between', paths.flatMap((path) => [path, good])],
    ['a good one first', [good, ...paths]],
    ['a good one last', [...paths, good]],
  ];
  for (const model of Object.keys(models)) {
    it(model, async () => {
      const [alone] = await predict(model, [good], 1);
      for (const batchSize of [1, 2, 16]) {
        for (const [what, order] of orders) {
          const predictions = await predict(model, order, batchSize);
          assert.deepEqual(
            predictions.map(({ file }) => file),
            order,
            what,
          );
          for (const prediction of predictions) {
            const which = paths.indexOf(prediction.file);
            if (which < 0) {
              assert.ok('scores' in prediction, what);
              assertClose(
                byLabel(prediction.scores),
                byLabel((alone as typeof prediction).scores),
                1e-5,
                what,
              );
            } else {
              assert.ok('error' in prediction, `${prediction.file} was heard`);
              assert.match(prediction.error, errors[which]!);
              assert.ok(prediction.error.startsWith(prediction.file));
            }
          }
        }
      }
    });
  }
});

test('audio of another format in a folder is named, not skipped', async () => {
  const folder = join(root, 'mixed');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.wav'), readFileSync(join(root, 'clips', 'a.wav')));
  writeFileSync(join(folder, 'b.m4a'), '....ftypM4A ....');
  writeFileSync(join(folder, 'c.webm'), Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3));
  writeFileSync(join(folder, 'metadata.csv'), 'file_name\n');
  const [a, ...others] = await predict('base', [folder], 8);
  assert.ok('scores' in a!);
  assert.deepEqual(
    others.map(
      (each) => /(\w\.\w+): .* is not supported\n[\s\S]*ffmpeg/.exec((each as { error: string }).error)?.[1],
    ),
    ['b.m4a', 'c.webm'],
  );
});

test('a folder without audio, or with broken links, does not stop the others', async () => {
  const folder = join(root, 'fetched-in-part');
  mkdirSync(folder);
  const clip = join(root, 'clips', 'a.wav');
  writeFileSync(join(folder, 'b.wav'), readFileSync(clip));
  symlinkSync('nowhere.wav', join(folder, 'a.wav'));
  const all = await predict('base', [join(root, 'base'), folder, clip], 8);
  const errors = all.map((each) => ('error' in each ? each.error.slice(root.length + 1) : 'heard'));
  assert.match(errors[0]!, /^base: no audio files in this folder/);
  assert.match(errors[1]!, /^fetched-in-part.a\.wav: no such file/);
  assert.deepEqual(errors.slice(2), ['heard', 'heard']);
});

test('a model without its feature extractor is refused', async () => {
  const files = ['config.json', 'model.safetensors'].map((name) => ({
    name,
    path: join(root, 'base', name),
  }));
  await assert.rejects(Classifier.open(files, 'base'), /no preprocessor_config\.json in 'base'/);
});

test('scores are those of the problem type in the configuration', async () => {
  const { config } = await open('base');
  const logits = Float32Array.of(0, 2, -1);
  const as = (problem_type: unknown) => activationOf({ ...config, raw: { problem_type } });
  const scores = (problem_type: unknown) => bestScores(logits, ['a', 'b', 'c'], as(problem_type), 2);
  assert.deepEqual(
    scores(null).map(({ score }) => score.toFixed(6)),
    ['0.843795', '0.114195'],
  );
  assert.equal(scores('multi_label_classification')[0]!.score.toFixed(6), '0.880797');
  assert.deepEqual(scores('regression'), [
    { label: 'b', score: 2 },
    { label: 'a', score: 0 },
  ]);
  assert.throws(() => as('ranking'), /problem_type/);
});
