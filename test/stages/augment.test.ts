import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAugmented } from '../../src/learning/training/augment/augment-checks.js';
import { checkForeign } from '../../src/pipeline/cache/foreign-artifact.js';
import {
  type DatasetArtifact,
  type Features,
  type ListFeature,
  objectsOf,
} from '../../src/stage/artifact.js';
import { checkArtifact } from '../../src/stage/artifact-shape.js';
import type { OutlineProblem } from '../../src/stage/stage-type.js';
import augment from '../../stages/augment.js';
import { heardClips } from '../support/augment-clips.js';
import { withDefaults } from '../support/labelled-clips.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { contextOf, outlineOf, placeAt } from '../support/stage.js';

type Params = Parameters<typeof augment.run>[0]['params'];

const objects = new MemoryObjects();
const params = (given: Record<string, unknown>) => withDefaults<Params>('augment', given);

/** The problems of parameters, as paths and messages. */
async function problemsOf(given: Record<string, unknown>, dataset?: DatasetArtifact) {
  const { problems, outline } = await outlineOf(
    augment,
    await params(given),
    dataset ?? (await heardClips(objects)),
  );
  assert.equal(outline === undefined, problems.length > 0);
  return problems.map(({ param, message }) => `${param.join('.')}: ${message}`);
}

test('the changes are recorded beside the clips, which stay as they are', async () => {
  const dataset = await heardClips(objects);
  const given = await params({ speed: {}, noise: { p: 0.25 }, seed: 7 });
  const result = await augment.run(contextOf(given, { inputs: { dataset } }));
  assert.equal(result.summary, 'speed, noise');
  assert.equal(result.rowsComputed, 0);
  const { features, ...rest } = result.artifact as DatasetArtifact;
  const { features: before, ...others } = dataset;
  assert.deepEqual(rest, others);
  const { augment: recorded, ...feature } = features.input_values as ListFeature;
  assert.deepEqual(feature, before.input_values);
  assert.deepEqual(recorded, {
    column: 'audio',
    seed: 7,
    changes: {
      speed: { factors: [0.9, 1, 1.1], p: 0.5 },
      noise: { color: 'white', min_snr_db: 5, max_snr_db: 40, p: 0.25 },
    },
  });
  const { outline } = await outlineOf(augment, given, dataset);
  assert.deepEqual(outline, { kind: 'dataset', features, splits: { train: 10, test: 4 } });
});

test('mistakes in parameters are all found before anything runs', async () => {
  assert.deepEqual(await problemsOf({}), [': nothing is to be changed']);
  assert.deepEqual(
    await problemsOf({
      speed: { factors: [0.95, 1.005] },
      shift: { min_shift: 0.5, max_shift: -2 },
      gain: { min_gain_db: 3, max_gain_db: -3 },
      noise: { min_snr_db: 50 },
    }),
    [
      'shift.min_shift: min_shift is greater than max_shift',
      'gain.min_gain_db: min_gain_db is greater than max_gain_db',
      'noise.min_snr_db: min_snr_db is greater than max_snr_db',
      'speed.factors.1: speeds are in hundredths',
      'shift.max_shift: the shift is a fraction of the clip',
    ],
  );
  await assert.rejects(params({ noise: { p: 1.5 } }));
  await assert.rejects(params({ noise: { colour: 'pink' } }));
  await assert.rejects(params({ speed: { factors: [3] } }));
});

test('a column that cannot be made again is refused', async () => {
  const noise = { noise: {} };
  assert.match((await problemsOf({ ...noise, input_column: 'label' }))[0]!, /the audio .* is gone/);
  assert.match((await problemsOf({ ...noise, input_column: 'inputs' }))[0]!, /no column 'inputs'/);
  assert.match((await problemsOf({ ...noise, column: 'label' }))[0]!, /^column: .* is not the decoded audio/);
  const alone = await heardClips(objects, { remove_columns: ['audio'] });
  assert.equal((alone.features.input_values as ListFeature).extracted, undefined);
  assert.match((await problemsOf(noise, alone))[0]!, /the audio that it was made of is gone/);
  const padded = await heardClips(objects, { padding: 'longest' });
  assert.match((await problemsOf(noise, padded))[0]!, /padded to the longest/);
  const dataset = await heardClips(objects);
  const embedded: Features = {
    hidden_states: {
      _type: 'List',
      feature: { _type: 'Value', dtype: 'float32' },
      states: { layers: 1, pooling: 'none' },
    },
  };
  const states = { ...dataset, features: { ...dataset.features, ...embedded } };
  const [problem] = await problemsOf({ ...noise, input_column: 'hidden_states' }, states);
  assert.match(problem!, /hidden states: what is computed once per clip cannot differ per epoch/);
  const context = contextOf(await params(noise), { inputs: { dataset } });
  const once = (await augment.run(context)).artifact as DatasetArtifact;
  assert.match((await problemsOf(noise, once))[0]!, /already augmented/);
});

test('a training does not lose the changes without a word', async () => {
  const context = contextOf(await params({ noise: {} }), { inputs: { dataset: await heardClips(objects) } });
  const { features } = (await augment.run(context)).artifact as DatasetArtifact;
  const problemsIn = (given: Features, input_column: string) => {
    const problems: OutlineProblem[] = [];
    checkAugmented(given, input_column, (problem) => problems.push(problem));
    return problems.map(({ message }) => message).join();
  };
  assert.equal(problemsIn(features, 'input_values'), '');
  const { audio: _, ...without } = features;
  assert.match(problemsIn(without, 'input_values'), /no column 'audio' in the dataset, which/);
  const other = { ...features, other: features.label! };
  assert.match(problemsIn(other, 'other'), /'input_values' are to be augmented, but 'other'/);
});

test('a gain that the feature extractor takes away again is warned about', async () => {
  const warnings = async (given: Record<string, unknown>, options = {}) => {
    const found = await outlineOf(augment, await params(given), await heardClips(objects, options));
    assert.deepEqual(found.problems, []);
    return found.warnings;
  };
  assert.match((await warnings({ gain: {} })).join(), /gain has no effect/);
  assert.deepEqual(await warnings({ gain: {}, telephone: {} }), []);
  const feature_extractor = {
    feature_extractor_type: 'Wav2Vec2FeatureExtractor',
    sampling_rate: 8000,
    do_normalize: false,
  };
  assert.deepEqual(await warnings({ gain: {} }, { feature_extractor }), []);
});

test('noises are connected if they are to be added, at the rate of the clips', async () => {
  const dataset = await heardClips(objects);
  const given = await params({ background_noise: {} });
  const [alone] = (await outlineOf(augment, given, dataset)).problems;
  assert.deepEqual([alone!.param, alone!.message], [['background_noise'], 'no noises are connected']);
  const noises = await heardClips(objects);
  const result = await augment.run(contextOf(given, { inputs: { dataset, noises } }));
  const artifact = result.artifact as DatasetArtifact;
  const { augment: recorded } = artifact.features.input_values as ListFeature;
  assert.deepEqual(Object.keys(recorded!.noises!.features), ['audio']);
  const digests = new Set(objectsOf(artifact).map(({ digest }) => digest));
  for (const { columns } of noises.chunks) assert.ok(digests.has(columns.audio!.digest));
  checkArtifact(JSON.parse(JSON.stringify(artifact)), 'dataset');
  checkForeign(JSON.parse(JSON.stringify(artifact)));
  const broken = JSON.parse(JSON.stringify(artifact));
  broken.features.input_values.augment.noises.chunks[0].columns.audio.digest = '../x';
  assert.throws(() => checkArtifact(broken, 'dataset'), /augment|columns\.audio\.digest/);

  const found = async (features: Features, more = {}) => {
    const problems: OutlineProblem[] = [];
    const inputs = { dataset: outlined(dataset), noises: outlined({ ...noises, features }) };
    const report = (problem: OutlineProblem) => problems.push(problem);
    const request = { params: { ...given, ...more }, inputs, place: placeAt('.'), warn: () => {} };
    await augment.outline!({ ...request, problem: report });
    return problems.map(({ param, message }) => `${param.join('.')}: ${message}`).join();
  };
  assert.equal(await found(noises.features), '');
  const slow: Features = { audio: { _type: 'Audio', storage: 'samples', sampling_rate: 4000 } };
  assert.match(await found(slow), /^noises_column: .* does not have the sampling rate/);
  assert.match(await found({ sound: slow.audio! }), /no column 'audio'/);
  assert.match(
    await found(noises.features, { background_noise: undefined, telephone: { p: 1 } }),
    /not added/,
  );
  const none = { ...noises, splits: { train: { num_rows: 0, ranges: [] } } };
  await assert.rejects(
    augment.run(contextOf(given, { inputs: { dataset, noises: none } })),
    /noises is empty/,
  );
});

test('changes that somebody else recorded are within the limits of a recipe', async () => {
  const context = contextOf(await params({ speed: {}, noise: {} }), {
    inputs: { dataset: await heardClips(objects) },
  });
  const { artifact } = await augment.run(context);
  const refuses = (change: (feature: ListFeature) => void, message: RegExp) => {
    const foreign = JSON.parse(JSON.stringify(artifact));
    change(foreign.features.input_values);
    assert.throws(() => checkForeign(foreign), message);
  };
  refuses(({ augment }) => augment!.changes.speed!.factors.push(1e-9), /speed\.factors/);
  refuses(({ augment }) => Object.assign(augment!.changes.noise!, { max_snr_db: 1e9 }), /max_snr_db/);
  refuses(({ augment }) => Object.assign(augment!, { seed: 'x' }), /seed/);
  refuses(({ extracted }) => Object.assign(extracted!.options, { max_length: 2 ** 40 }), /max_length/);
});

const outlined = ({ kind, features, splits }: DatasetArtifact) => ({
  kind,
  features,
  splits: Object.fromEntries(Object.entries(splits).map(([name, { num_rows }]) => [name, num_rows])),
});
