import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openEngine } from '../../../src/engine/open-engine.js';
import { audioInputs } from '../../../src/learning/predict/audio-inputs.js';
import { Classifier } from '../../../src/learning/predict/classifier.js';
import { locateModel } from '../../../src/learning/predict/locate-model.js';
import { predictFiles } from '../../../src/learning/predict/predict-files.js';
import { placeOf } from '../../../src/pipeline/recipe/recipe-paths.js';
import { HubServer } from '../../support/hub-server.js';
import { writePredictModels } from '../../support/predict-models.js';
import { tempFolder } from '../../support/temp-folder.js';

const root = tempFolder('predict-hub');
const hub = await HubServer.start();
after(() => hub.close());
writePredictModels(root);
Object.assign(process.env, { HF_ENDPOINT: hub.endpoint, HF_HOME: join(root, 'huggingface') });
delete process.env.HF_HUB_OFFLINE;
delete process.env.HF_HUB_CACHE;
const place = placeOf(join(root, 'recipe.yaml'));

function filesOf(model: string): Record<string, Uint8Array> {
  const folder = join(root, model);
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
}

async function scoresOf(files: Awaited<ReturnType<typeof locateModel>>) {
  const inputs = await audioInputs([join(root, 'clips', 'a.wav')]);
  const classifier = await Classifier.open(files, 'model');
  for await (const prediction of predictFiles(classifier, inputs, { topK: 5, batchSize: 1 }))
    return prediction;
}

test('a model on the Hub is downloaded once, and gives what its folder gives', async () => {
  await openEngine('cpu');
  hub.commit('model', 'someone/intents', filesOf('large'));
  hub.commit('model', 'someone/intents', filesOf('base'), { branch: 'small' });
  const files = await locateModel('someone/intents', place);
  assert.deepEqual(files.map(({ name }) => name).sort(), [
    'config.json',
    'etude.json',
    'model.safetensors',
    'preprocessor_config.json',
  ]);
  const prediction = await scoresOf(files);
  assert.deepEqual(prediction, await scoresOf(await locateModel('large', place)));
  const downloads = () => hub.take().filter(({ path }) => path.includes('/resolve/'));
  assert.ok(downloads().length > 0);
  await locateModel('someone/intents', place);
  assert.equal(downloads().length, 0);

  const small = await scoresOf(await locateModel('someone/intents', place, { revision: 'small' }));
  assert.deepEqual(small, await scoresOf(await locateModel('base', place)));
  assert.notDeepEqual(small, prediction);
});

test('a model that does not exist, and a repository without a feature extractor, are refused', async () => {
  await assert.rejects(locateModel('someone/nothing', place), /someone\/nothing/);
  const { 'preprocessor_config.json': _, ...others } = filesOf('base');
  hub.commit('model', 'someone/bare', others);
  await assert.rejects(locateModel('someone/bare', place), /no preprocessor_config\.json in 'someone\/bare'/);
  await assert.rejects(locateModel('nowhere', place), /no such folder: 'nowhere'/);
});
