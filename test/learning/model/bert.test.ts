import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { matrixFeature } from '../../../src/learning/data/matrix.js';
import { frozenBelow } from '../../../src/learning/model/entry-point.js';
import { layOutLora } from '../../../src/learning/model/lora/layout.js';
import { Classifier } from '../../../src/learning/predict/classifier.js';
import { bestScores } from '../../../src/learning/predict/scores.js';
import { inputMismatch } from '../../../src/learning/training/dataset-checks.js';
import { freezeProblem } from '../../../src/learning/training/freeze-checks.js';
import { cacheableDepth } from '../../../src/learning/training/frozen/cacheable-depth.js';
import { testDevice, testEngine } from '../../support/engine.js';
import { filesOf, maxDifference, reference } from '../../support/reference-model.js';
import { defaults } from '../../support/training-setting.js';

const NAME = 'bert/relative-key';

describe('Wav2Vec2-BERT', () => {
  before(() => openEngine(testEngine, { threads: 1, device: testDevice }));

  it('classifies clips as the pipeline of transformers does, together and alone', async () => {
    const { expected } = await reference(NAME);
    const classifier = await Classifier.open(filesOf(NAME), NAME);
    const samples = [8900, 9100];
    const clips = samples.map((each) => classifier.prepare(expected.read(`clip.${each}`).data));
    const together = classifier.logits(clips);
    for (const [index, each] of samples.entries()) {
      const scores = expected.read(`scores.${each}`).data;
      for (const logits of [together[index]!, classifier.logits([clips[index]!])[0]!]) {
        const best = bestScores(logits, classifier.labels, 'softmax', 5);
        const own = classifier.labels.map((name) => best.find(({ label }) => label === name)!.score);
        assert.ok(maxDifference(own, scores) < 1e-5, `${each} samples`);
      }
    }
  });

  it('refuses a clip of one frame, of which a feature extractor makes nothing', async () => {
    const classifier = await Classifier.open(filesOf(NAME), NAME);
    assert.throws(() => classifier.prepare(new Float32Array(559)), /too short/);
  });

  it('takes rows of its own size, however many', async () => {
    const { model } = await reference(NAME);
    const mismatch = (rows: number | undefined, columns: number) =>
      inputMismatch(matrixFeature([rows, columns]), 'input_features', model.config);
    assert.deepEqual([mismatch(undefined, 20), mismatch(50, 20)], [undefined, undefined]);
    assert.equal(mismatch(undefined, 160)?.expected, 'rows of 20 numbers');
  });

  it('has states that depend on a clip alone where there are masks, whatever clips are padded with', async () => {
    const { model } = await reference(NAME);
    const padding = { padding_value: 1, padding_side: 'right' } as const;
    const frozen = { at: 'layer', layer: 1 } as const;
    const lengths = [200, 160];
    const depth = (validLengths?: number[]) =>
      cacheableDepth(frozen, { lengths, validLengths, padding }, model.config);
    assert.deepEqual(depth(lengths), { entry: frozen });
    assert.match(depth().because!, /without attention masks/);
    assert.equal(depth().entry.at, 'samples');
  });

  it('has no feature encoder to freeze', async () => {
    const { model } = await reference(NAME);
    const problem = (more: object) => freezeProblem({ ...defaults, ...more }, model.config);
    assert.match(problem({ freeze_feature_encoder: true })!.message, /no feature encoder to freeze/);
    assert.equal(problem({ freeze_layers: 2 }), undefined);
  });

  it('has the linear layers that PEFT adapts', async () => {
    const { model } = await reference(NAME);
    const layOut = (target_modules: string[] | 'all-linear') =>
      layOutLora(
        { target_modules, modules_to_save: ['projector', 'classifier'] },
        model.config,
        frozenBelow({ ...defaults, peft: {} }),
      );
    const some = layOut(['linear_q', 'linear_v', 'intermediate_dense']);
    assert.deepEqual([some.problems, some.layers.length], [[], 8]);
    assert.equal(layOut('all-linear').layers.length, 17);
    assert.match(layOut(['distance_embedding']).problems[0]!.message, /no linear layer/);
  });
});
