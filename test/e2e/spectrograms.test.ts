import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Project } from '../support/project.js';
import { fixtures } from '../support/reference-model.js';
import { wavFile } from '../support/wav-file.js';

/** Low and high tones, a file each. */
function clips(): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const [label, hertz] of [
    ['low', 200],
    ['high', 1500],
  ] as const)
    for (let clip = 0; clip < 8; clip += 1) {
      const data = new Uint8Array(2 * (6000 + 500 * clip));
      const view = new DataView(data.buffer);
      for (let index = 0; index < data.length / 2; index += 1)
        view.setInt16(2 * index, 9000 * Math.sin((2 * Math.PI * (hertz + 30 * clip) * index) / 16000), true);
      files[`clips/${label}/${clip}.wav`] = wavFile({ data, sampling_rate: 16000 });
    }
  return files;
}

const recipe = (model: string, features: string, extractor = model) => `
name: tones
stages:
  data: { uses: load, with: { path: audiofolder, data_dir: clips } }
  parts: { uses: split, from: data, with: { test_size: 0.25, seed: 1 } }
  speech: { uses: cast-audio, from: parts, with: { column: audio, sampling_rate: 16000 } }
  features: { uses: map-preprocess, from: speech, with: { feature_extractor: ./${extractor}, remove_columns: [audio] } }
  encoded: { uses: rename, from: features, with: { columns: { ${features}: spectrogram } } }
  model:
    uses: train
    from: encoded
    with:
      { model: ./${model}, input_column: spectrogram, learning_rate: 1.0e-2, num_train_epochs: 6, ignore_mismatched_sizes: true, freeze_layers: 1 }
  scores: { uses: evaluate, from: { model: model, dataset: encoded }, with: { split: test, input_column: spectrogram } }
  states: { uses: embed, from: encoded, with: { model: ./${model}, input_column: spectrogram, pooling: mean } }
  probe:
    uses: train
    from: states
    with: { model: ./${model}, input_column: hidden_states, freeze_base_model: true, ignore_mismatched_sizes: true, max_steps: 2 }
`;

// Wav2Vec2-BERT takes features of any length, masked.
for (const [model, features, other] of [
  ['ast', 'input_values', 'whisper'],
  ['whisper', 'input_features', 'ast'],
  ['bert', 'input_features', 'ast'],
] as const) {
  describe(`a recipe with ${model}`, () => {
    const project = new Project({ ...clips(), 'recipe.yaml': recipe(model, features) });
    for (const name of [model, other])
      cpSync(
        join(fixtures, name === 'bert' ? 'bert/relative-key' : `spectrograms/${name}`),
        project.path(name),
        {
          recursive: true,
        },
      );

    it('trains on spectrograms, evaluates, and predicts from audio files', async () => {
      const run = await project.run();
      assert.equal(run.finished.status, 'success', JSON.stringify(run.finished));
      const opened = await project.open();
      const { artifact } = await opened.artifact('scores');
      assert.ok(artifact.kind === 'report');
      assert.ok(artifact.metrics.test!.accuracy! > 0.7, JSON.stringify(artifact.metrics));
      const { stdout } = await project.etude('predict', '.etude/models/tones/model', 'clips/high', '--json');
      const lines = stdout.trim().split('\n');
      assert.equal(lines.length, 8);
      for (const line of lines) assert.equal(JSON.parse(line).scores.length, 2, line);
    });

    it("is refused before it runs with another model's feature extractor", async () => {
      const made = other === 'whisper' ? 'input_features' : 'input_values';
      project.write('other.yaml', recipe(model, made, other));
      const { stdout, stderr } = await project.etude('check', 'other.yaml');
      assert.match(stdout + stderr, /column 'spectrogram' is not what a model of type '[a-z0-9-]+' takes/);
    });
  });
}
