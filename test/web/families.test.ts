import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openProject } from '../../src/index.js';
import { extractorOf } from '../../src/learning/audio/extractors/index.js';
import { readPreprocessorConfig } from '../../src/learning/audio/read-preprocessor-config.js';
import { writeGraph } from '../../src/learning/export/write-graph.js';
import { buildGraph } from '../../src/learning/graph/build-graph.js';
import { loadModel } from '../../src/learning/model/checkpoint.js';
import { savedConfig } from '../../src/learning/model/save.js';
import type { Classification } from '../../src/web/types.js';
import { NO_CHROMIUM, startChromium } from '../support/chromium.js';
import { serveFolder } from '../support/file-server.js';
import { writePredictModels } from '../support/predict-models.js';
import { fixtures } from '../support/reference-model.js';
import { tempFolder } from '../support/temp-folder.js';

/** Masks, several labels, numbers; and each feature extractor that makes a spectrogram. */
const SAMPLES = ['large', 'several-labels', 'numbers'];
const SPECTROGRAMS = { ast: 'spectrograms/ast', whisper: 'spectrograms/whisper', bert: 'bert/relative-key' };
const NAMES = [...SAMPLES, ...Object.keys(SPECTROGRAMS)];
const CLIPS = ['long.wav', 'music.wav'];

/** Puts a model's graph beside its configurations, as an export has them. */
async function exportGraph(folder: string): Promise<void> {
  const files = ['config.json', 'model.safetensors', 'preprocessor_config.json']
    .map((name) => ({ name, path: join(folder, name) }))
    .filter(({ path }) => existsSync(path));
  const model = await loadModel(files);
  const extractor = await readPreprocessorConfig(join(folder, 'preprocessor_config.json'));
  const masked = model.config.spectrogram === undefined && extractor.return_attention_mask;
  const graph = buildGraph(model, { input: extractorOf(extractor).column, masked });
  await writeGraph(graph, join(folder, 'onnx'), 'model.onnx');
  writeFileSync(join(folder, 'config.json'), JSON.stringify(savedConfig(model)));
}

test('every kind of model has the scores of predict', { skip: NO_CHROMIUM }, async (context) => {
  const dir = tempFolder('families');
  writePredictModels(dir);
  for (const [name, from] of Object.entries(SPECTROGRAMS))
    cpSync(join(fixtures, from), join(dir, name), { recursive: true });
  cpSync('dist/web', join(dir, 'web'), { recursive: true });
  const expected: Record<string, unknown[]> = {};
  const project = openProject({ dir, warn: assert.fail });
  for (const name of NAMES) {
    const classifier = await project.loadClassifier(`./${name}`);
    expected[name] = [];
    for await (const one of classifier.classify(CLIPS.map((clip) => `clips/${clip}`)))
      expected[name].push('scores' in one ? one.scores : one);
    await classifier.close();
    await exportGraph(join(dir, name));
  }
  const server = await serveFolder(dir);
  const browser = await startChromium();
  context.after(async () => {
    server.close();
    await browser.close();
  });
  const page = await browser.newPage();
  await page.goto(`${server.url}web/LICENSES.txt`);
  const found = await page.evaluate(
    async ({ names, clips }) => {
      const module: string = '/web/classifier.js';
      const { loadClassifier } = await import(module);
      const all: Record<string, { activation: string; windowSeconds: number; results: Classification[] }> =
        {};
      for (const name of names) {
        const classifier = await loadClassifier(`/${name}`, { dtype: 'fp32' });
        const results: Classification[] = [];
        for (const clip of clips) {
          const { buffer } = Uint8Array.from(atob(clip), (char) => char.charCodeAt(0));
          results.push(await classifier.classify(buffer));
        }
        const { activation, windowSeconds } = classifier;
        all[name] = { activation, windowSeconds, results };
        classifier.close();
      }
      return all;
    },
    { names: NAMES, clips: CLIPS.map((clip) => readFileSync(join(dir, 'clips', clip)).toString('base64')) },
  );
  const activations = NAMES.map((name) => found[name]!.activation);
  assert.deepEqual(activations, ['softmax', 'sigmoid', 'none', 'softmax', 'softmax', 'softmax']);
  assert.deepEqual([found.large!.windowSeconds, found.ast!.windowSeconds], [0.5, 1]);
  for (const name of NAMES)
    for (const [i, { scores }] of found[name]!.results.entries()) {
      const wanted = expected[name]![i] as typeof scores;
      assert.deepEqual(
        scores.map(({ label }) => label),
        wanted.map(({ label }) => label),
        name,
      );
      for (const [at, { score }] of scores.entries())
        assert.ok(
          Math.abs(score - wanted[at]!.score) < 1e-3 * Math.max(1, Math.abs(score)),
          `${name}: ${JSON.stringify([scores, wanted])}`,
        );
    }
});
