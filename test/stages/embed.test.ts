import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDataset } from '../../src/learning/data/dataset.js';
import { parseSafetensors } from '../../src/learning/model/safetensors.js';
import type { DatasetArtifact, ModelArtifact, ReportArtifact } from '../../src/stage/artifact.js';
import type { StageContext, StageType } from '../../src/stage/stage-type.js';
import embed from '../../stages/embed.js';
import evaluate from '../../stages/evaluate.js';
import removeColumns from '../../stages/remove-columns.js';
import rename from '../../stages/rename.js';
import train from '../../stages/train.js';
import { testEngine } from '../support/engine.js';
import { labelledClips, placeWithCheckpoint, withDefaults } from '../support/labelled-clips.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { filesOf, maxDifference } from '../support/reference-model.js';
import { contextOf, outlineOf, sourcesOf } from '../support/stage.js';

const { dir, place } = placeWithCheckpoint();
writeFileSync(join(dir, 'checkpoint/preprocessor_config.json'), '{"sampling_rate": 16000}');

const objects = new MemoryObjects();
const chunks = new MemoryChunkResults();

async function run<P>(
  type: StageType<P>,
  given: Record<string, unknown>,
  inputs: StageContext['inputs'],
  more: Partial<StageContext<P>> = {},
) {
  const params = await withDefaults<P>(type.name, given);
  const scratch = mkdtempSync(join(tmpdir(), 'etude-scratch-'));
  const stores = { objects, chunks, scratch, place, engine: testEngine };
  const sources = await sourcesOf(type, params, place);
  const context = contextOf(params, { ...stores, inputs, sources, ...more });
  return type.run(context).finally(() => rmSync(scratch, { recursive: true }));
}

const embedded = async (dataset: DatasetArtifact, given: Record<string, unknown> = {}, more = {}) => {
  const { artifact, rowsComputed } = await run(embed, { model: 'checkpoint', ...given }, { dataset }, more);
  return { dataset: artifact as DatasetArtifact, rowsComputed };
};

const trained = async (dataset: DatasetArtifact, given: Record<string, unknown>, more = {}) => {
  const params = { model: 'checkpoint', per_device_train_batch_size: 4, max_steps: 8, logging_steps: 1 };
  const result = await run(
    train,
    { ...params, learning_rate: 1e-2, eval_strategy: 'epoch', ...given },
    { dataset },
    more,
  );
  const model = result.artifact as ModelArtifact;
  const bytes = (name: string) => Buffer.from(objects.stored.get(model.files[name]!.digest)!);
  const { log_history } = JSON.parse(bytes('trainer_state.json').toString());
  return {
    model,
    rowsComputed: result.rowsComputed,
    losses: log_history.flatMap(({ loss, eval_loss }: Record<string, number>) => loss ?? eval_loss ?? []),
    weights: parseSafetensors(bytes('model.safetensors'), 'model.safetensors'),
  };
};

type Trained = Awaited<ReturnType<typeof trained>>;

function assertSame(one: Trained, other: Trained, limit = 1e-6): void {
  assert.equal(one.losses.length, other.losses.length);
  one.losses.forEach((loss: number, step: number) => {
    assert.ok(Math.abs(loss - other.losses[step]) < limit * loss, `step ${step}`);
  });
  for (const name of one.weights.entries.keys()) {
    if (name.endsWith('k_proj.bias')) continue;
    const off = maxDifference(one.weights.read(name).data, other.weights.read(name).data);
    assert.ok(off < 5 * limit, `${name}: ${off}`);
  }
}

const RANDOM = { hidden_dropout: 0.2, attention_dropout: 0.1, layerdrop: 0.3 };

test('a training on hidden states is the one on samples with as many layers frozen, and its model is whole', async () => {
  const dataset = await labelledClips(objects);
  const states = await embedded(dataset, { layers: 1 });
  assert.equal(states.rowsComputed, 20);
  const { hidden_states, ...others } = states.dataset.features;
  assert.deepEqual(others, dataset.features);
  assert.ok(hidden_states?._type === 'List');
  assert.equal(hidden_states.states?.layers, 1);
  const freeze = { freeze_layers: 1, config: RANDOM };
  const plain = await trained(dataset, freeze);
  const onStates = await trained(states.dataset, { ...freeze, input_column: 'hidden_states' });
  assert.equal(onStates.rowsComputed, undefined);
  assertSame(onStates, plain);
  const file = filesOf('stable-layer-norm').find(({ name }) => name === 'model.safetensors')!;
  const checkpoint = parseSafetensors(readFileSync(file.path), file.path);
  let frozen = 0;
  for (const name of checkpoint.entries.keys()) {
    const same = maxDifference(onStates.weights.read(name).data, checkpoint.read(name).data) === 0;
    if (same) frozen += 1;
    assert.equal(same, /feature_|pos_conv|layers\.0\.|masked_spec/.test(name), name);
  }
  assert.ok(frozen > 20);
  // The saved model is measured on samples as on states.
  const reports = await Promise.all(
    [
      { dataset, input_column: 'input_values' },
      { dataset: states.dataset, input_column: 'hidden_states' },
    ].map(async (each) =>
      run(
        evaluate,
        { split: 'test', input_column: each.input_column },
        {
          dataset: each.dataset,
          model: onStates.model,
        },
      ),
    ),
  );
  const [bySamples, byStates] = reports.map(
    ({ artifact }) => (artifact as ReportArtifact).metrics.test!.loss!,
  );
  assert.ok(Math.abs(bySamples! - byStates!) < 1e-6);
});

test('of the means over frames, the head is trained; float16 takes half the space', async () => {
  const dataset = await labelledClips(objects);
  const means = await embedded(dataset, { pooling: 'mean' });
  const freeze = { freeze_base_model: true };
  const plain = await trained(dataset, freeze);
  assertSame(await trained(means.dataset, { ...freeze, input_column: 'hidden_states' }), plain);
  const half = await embedded(dataset, { pooling: 'mean', dtype: 'float16' });
  const onHalf = await trained(half.dataset, { ...freeze, input_column: 'hidden_states' });
  assertSame(onHalf, plain, 2e-3);
  const etude = JSON.parse(
    Buffer.from(objects.stored.get(onHalf.model.files['etude.json']!.digest)!).toString(),
  );
  assert.deepEqual(etude, {});
  const [value] = await openDataset(half.dataset, objects).column('test', 'hidden_states');
  assert.ok(value instanceof Float32Array && value.length === 16);
});

test('only clips that no earlier run had are computed; a finished part outlives an abort', async () => {
  const stores = { chunks: new MemoryChunkResults() };
  const some = await labelledClips(objects, ({ input_values, label }) => {
    input_values.splice(10);
    label.splice(10);
  }).then(
    (dataset) => ({ ...dataset, splits: { train: { num_rows: 10, ranges: [[0, 10]] } } }) as DatasetArtifact,
  );
  assert.equal((await embedded(some, { layers: 1 }, stores)).rowsComputed, 10);
  const all = await labelledClips(objects);
  assert.equal((await embedded(all, { layers: 1 }, stores)).rowsComputed, 10);
  assert.equal((await embedded(all, { layers: 1 }, stores)).rowsComputed, 0);
  assert.equal((await embedded(all, { layers: 2 }, stores)).rowsComputed, 20);
  // The training takes the same rows.
  assert.equal((await trained(all, { freeze_layers: 1 }, stores)).rowsComputed, 0);
  const abort = new AbortController();
  const aborted = { chunks: new MemoryChunkResults(), signal: abort.signal };
  const progress = ({ done }: { done: number }) => done >= 16 && abort.abort(new Error('stop'));
  await assert.rejects(embedded(all, {}, { ...aborted, progress }), /stop/);
  assert.equal((await embedded(all, {}, { chunks: aborted.chunks })).rowsComputed, 4);
});

test('hidden states keep what they are under other names, and fit only the training that they are for', async () => {
  const dataset = await labelledClips(objects);
  const states = await embedded(dataset, { layers: 1 });
  const slim = await run(removeColumns, { columns: ['input_values'] }, { dataset: states.dataset });
  const renamed = await run(rename, { columns: { hidden_states: 'h' } }, { dataset: slim.artifact });
  const given = renamed.artifact as DatasetArtifact;
  const problemsOf = async (more: Record<string, unknown>) => {
    const params = await withDefaults<never>('train', { model: 'checkpoint', input_column: 'h', ...more });
    return (await outlineOf(train as StageType<never>, params, given, place)).problems;
  };
  assert.deepEqual(await problemsOf({ freeze_layers: 1 }), []);
  for (const wrong of [{}, { freeze_layers: 2 }, { freeze_layers: 1, freeze_base_model: true }])
    assert.deepEqual(
      (await problemsOf(wrong)).map(({ param, expected }) => [param, expected]),
      [[['freeze_layers'], 'freeze_layers: 1']],
    );
  const params = { input_column: 'h', freeze_layers: 1, max_steps: 1 };
  await trained(given, params);
  await assert.rejects(
    trained(given, { ...params, initial_weights: 'random' }),
    /not computed by this model's frozen layers/,
  );
  await assert.rejects(trained(given, { ...params, freeze_layers: 2 }), /cannot be trained/);
  const other = await trained(dataset, { max_steps: 1 });
  await assert.rejects(
    run(evaluate, { split: 'test', input_column: 'h' }, { dataset: given, model: other.model }),
    /not computed by this model's frozen layers/,
  );
});

test('mistakes are reported before anything is computed, and clips that cannot be used all at once', async () => {
  const dataset = await labelledClips(objects);
  const params = await withDefaults<never>('embed', {
    model: 'checkpoint',
    layers: 3,
    input_column: 'label',
  });
  const { problems } = await outlineOf(embed as StageType<never>, params, dataset, place);
  assert.deepEqual(
    problems.map(({ param }) => param),
    [['layers'], ['input_column']],
  );
  const { outline } = await outlineOf(
    embed as StageType<never>,
    await withDefaults<never>('embed', { model: 'checkpoint' }),
    dataset,
    place,
  );
  assert.deepEqual(outline?.kind === 'dataset' && outline.features.hidden_states, {
    _type: 'List',
    feature: { _type: 'Value', dtype: 'float32' },
    states: { layers: 2, pooling: 'none' },
  });
  const bad = await labelledClips(objects, ({ input_values }) => {
    input_values[2] = new Float32Array(3);
    input_values[4] = null;
  });
  await assert.rejects(embedded(bad), /2 of 14 rows of split 'train' cannot be used/);
  const uneven = await labelledClips(objects, ({ input_values }) => {
    input_values[3] = new Float32Array(100).fill(1);
  });
  await assert.rejects(embedded(uneven), /depend on the other clips/);
});
