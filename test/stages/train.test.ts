import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { loadModel } from '../../src/learning/model/checkpoint.js';
import { locateModel } from '../../src/learning/predict/locate-model.js';
import type { ModelArtifact } from '../../src/stage/artifact.js';
import type { Progress } from '../../src/stage/stage-type.js';
import { EtudeError } from '../../src/util/errors.js';
import train from '../../stages/train.js';
import { testEngine } from '../support/engine.js';
import { Setting } from '../support/hub-setting.js';
import { labelledClips, names, placeWithCheckpoint, withDefaults } from '../support/labelled-clips.js';
import { MemoryObjects } from '../support/memory-objects.js';
import { filesOf } from '../support/reference-model.js';
import { contextOf, outlineOf, sourcesOf } from '../support/stage.js';
import { tempFolder } from '../support/temp-folder.js';

type Params = Parameters<typeof train.run>[0]['params'];

const { dir, place } = placeWithCheckpoint();
writeFileSync(join(dir, 'checkpoint/preprocessor_config.json'), '{"sampling_rate": 16000}');

async function run(
  given: Record<string, unknown>,
  parts: Partial<Parameters<typeof train.run>[0]> & { change?: Parameters<typeof labelledClips>[1] } = {},
) {
  const objects = new MemoryObjects();
  const params = await withDefaults<Params>('train', {
    model: 'checkpoint',
    per_device_train_batch_size: 4,
    ...given,
  });
  const scratch = tempFolder('scratch');
  const dataset = await labelledClips(objects, parts.change);
  const context = contextOf(params, {
    inputs: { dataset },
    objects,
    place,
    scratch,
    engine: testEngine,
    sources: await sourcesOf(train, params, place),
    ...parts,
  });
  const result = await train.run(context);
  const artifact = result.artifact as ModelArtifact;
  const json = (name: string) =>
    JSON.parse(Buffer.from(objects.stored.get(artifact.files[name]!.digest)!).toString());
  const save = (folder: string) => {
    for (const [name, { digest }] of Object.entries(artifact.files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), objects.stored.get(digest)!);
    }
  };
  return { artifact, summary: result.summary, json, save };
}

const learning = {
  learning_rate: 1e-2,
  num_train_epochs: 8,
  eval_strategy: 'epoch',
  logging_strategy: 'epoch',
};

test('a model is trained into the Hugging Face layout, with its log', async () => {
  const { artifact, summary, json } = await run({ ...learning, freeze_feature_encoder: true });
  assert.deepEqual(Object.keys(artifact.files).sort(), [
    'config.json',
    'etude.json',
    'model.safetensors',
    'preprocessor_config.json',
    'trainer_state.json',
  ]);
  assert.deepEqual(artifact.labels, names);
  assert.equal(artifact.metrics.accuracy, 1);
  assert.equal(summary, 'accuracy 1.00');
  assert.deepEqual(json('config.json').id2label['4'], 'pay_bill');
  assert.deepEqual(json('preprocessor_config.json'), { sampling_rate: 16000 });
  assert.deepEqual(Object.keys(json('etude.json')), ['max_input_length']);
  assert.ok(json('etude.json').max_input_length > 0);
  // The keys of TrainerState that mean something here, in the order in which transformers writes them.
  assert.deepEqual(Object.keys(json('trainer_state.json')), [
    'best_global_step',
    'best_metric',
    'best_model_checkpoint',
    'epoch',
    'eval_steps',
    'global_step',
    'log_history',
    'logging_steps',
    'max_steps',
    'num_train_epochs',
    'save_steps',
    'train_batch_size',
  ]);
  const { log_history, global_step, max_steps } = json('trainer_state.json');
  assert.equal(global_step, 32);
  assert.equal(max_steps, 32);
  assert.deepEqual(Object.keys(log_history[0]), ['loss', 'grad_norm', 'learning_rate', 'epoch', 'step']);
  assert.deepEqual(log_history[1].epoch, 1);
  assert.ok(log_history[0].loss > 1.5 * log_history.at(-3).loss);
  assert.ok(log_history.at(-1).train_loss > 0);
});

test('the same training gives the same bytes, and another seed different ones', async () => {
  const params = { max_steps: 3, learning_rate: 1e-3 };
  const one = await run(params);
  assert.deepEqual((await run(params)).artifact, one.artifact);
  assert.notDeepEqual((await run({ ...params, seed: 1 })).artifact, one.artifact);
});

test('with load_best_model_at_end the metrics are those of the best evaluation', async () => {
  const { artifact, json } = await run({
    ...learning,
    learning_rate: 0.2,
    num_train_epochs: 4,
    save_strategy: 'epoch',
    load_best_model_at_end: true,
    metric_for_best_model: 'accuracy',
  });
  const { log_history, best_metric, best_global_step } = json('trainer_state.json');
  const accuracies = log_history.flatMap((entry: Record<string, number>) => entry.eval_accuracy ?? []);
  assert.equal(best_metric, Math.max(...accuracies));
  assert.equal(best_global_step, 4 * (accuracies.indexOf(best_metric) + 1));
  assert.equal(artifact.metrics.accuracy, best_metric);
});

test('random initial weights need no weights of the checkpoint', async () => {
  const params = await withDefaults<Params>('train', { model: 'checkpoint', initial_weights: 'random' });
  const { model } = await sourcesOf(train, params, place);
  assert.deepEqual(
    model!.map(({ name }) => name),
    ['config.json', 'preprocessor_config.json'],
  );
  const { artifact } = await run({ initial_weights: 'random', max_steps: 1 });
  assert.notDeepEqual(
    artifact.files['model.safetensors'],
    (await run({ max_steps: 1 })).artifact.files['model.safetensors'],
  );
});

test('progress has epoch, step, loss, learning rate and the last evaluation', async () => {
  const seen: Progress[] = [];
  await run({ num_train_epochs: 2, eval_strategy: 'epoch' }, { progress: (one) => seen.push(one) });
  const last = seen.findLast(({ training }) => training !== undefined)!;
  assert.deepEqual([last.done, last.total, last.unit], [8, 8, 'steps']);
  const { epoch, step, max_steps, num_train_epochs, evaluation } = last.training!;
  assert.deepEqual([epoch, step, max_steps, num_train_epochs], [2, 8, 8, 2]);
  assert.equal(evaluation!.epoch, 1);
  assert.ok(seen.some(({ phase }) => phase === 'evaluating (test)'));
});

test('bad rows are named with split and row before anything is trained', async () => {
  const cases: [Parameters<typeof labelledClips>[1], RegExp][] = [
    [({ label }) => (label[5] = null), /row 5: a row of split 'train' has no label/],
    [({ label }) => (label[15] = 5), /row 1: a label of split 'test' is outside the classes/],
    [({ label }) => (label[2] = -1), /row 2: a label of split 'train' is outside the classes/],
    [({ input_values }) => (input_values[3] = null), /row 3: 'input_values' of split 'train' has no samples/],
    [
      ({ input_values }) => (input_values[3] = Float32Array.of(0, Number.NaN)),
      /row 3: .*\n.*\n.*NaN at sample 1/,
    ],
    [
      ({ input_values }) => (input_values[4] = new Float32Array(19)),
      /row 4: a clip of split 'train' is too short/,
    ],
  ];
  for (const [change, message] of cases) {
    await assert.rejects(run({ eval_strategy: 'epoch' }, { change }), (error) => {
      assert.ok(error instanceof EtudeError, String(error));
      assert.match(error.describe(), message);
      return true;
    });
  }
});

test('all bad rows are named at once; short clips of a split that is not read are reported before the training', async () => {
  const change: Parameters<typeof labelledClips>[1] = ({ input_values, label }) => {
    input_values[4] = new Float32Array(19);
    label[2] = null;
    input_values[15] = new Float32Array(3);
  };
  await assert.rejects(run({}, { change }), (error) => {
    assert.ok(error instanceof EtudeError);
    assert.match(
      error.describe(),
      /^2 of \d+ rows of split 'train' cannot be used:\n {2}row 2: .* has no label .*\n {2}row 4: .* too short/,
    );
    return true;
  });
  const logged: string[] = [];
  const log = (level: string, text: string) => void logged.push(`${level}: ${text}`);
  const short: typeof change = ({ input_values }) => (input_values[15] = new Float32Array(3));
  await run({ max_steps: 1 }, { change: short, log });
  const sentence = logged.findIndex((text) =>
    /^info: clips of split 'test' are too short .*: row 1$/.test(text),
  );
  assert.ok(sentence >= 0, logged.join('\n'));
});

test('arguments that are not implemented are refused', async () => {
  await assert.rejects(run({ fp16: true }), /additional properties/);
  await assert.rejects(run({ lr_scheduler_type: 'greedy' }), /allowed values/);
});

test('outline finds all problems with columns, splits, arguments and checkpoint at once', async () => {
  const dataset = await labelledClips(new MemoryObjects());
  const problemsOf = async (given: Record<string, unknown>) => {
    const params = await withDefaults<Params>('train', { model: 'checkpoint', ...given });
    const { outline, problems } = await outlineOf(train, params, dataset, place);
    return { outline, problems: problems.map(({ param, suggestion }) => [param.join('.'), suggestion]) };
  };
  const good = await problemsOf({ eval_strategy: 'epoch' });
  const problem_type = 'single_label_classification';
  assert.deepEqual(good, { outline: { kind: 'model', labels: names, problem_type }, problems: [] });
  assert.deepEqual(
    (
      await problemsOf({
        label_column: 'lable',
        eval_split: 'tset',
        eval_strategy: 'epoch',
        load_best_model_at_end: true,
        model: 'facebook/wav2vec2-base',
      })
    ).problems,
    [
      ['load_best_model_at_end', undefined],
      ['model', undefined],
      ['eval_split', 'test'],
      ['label_column', 'label'],
    ],
  );
  assert.deepEqual((await problemsOf({ label_column: 'input_values', input_column: 'label' })).problems, [
    ['input_column', undefined],
    ['label_column', undefined],
  ]);
  const alone = structuredClone(dataset);
  Object.assign(alone.features.label!, { names: ['low'] });
  const params = await withDefaults<Params>('train', { model: 'checkpoint' });
  const { problems } = await outlineOf(train, params, alone, place);
  assert.deepEqual(
    problems.map(({ param, message, got }) => [...param, message, got]),
    [['label_column', "column 'label' has only one class", "'low'"]],
  );
  // The evaluation split may be missing if nothing is evaluated.
  assert.deepEqual((await problemsOf({ eval_split: 'none' })).problems, []);
});

test('config overrides values of config.json, and is saved with the model', async () => {
  const config = { hidden_dropout: 0.3, mask_time_prob: 0, num_hidden_layers: 1 };
  const { json, artifact } = await run({ config, max_steps: 1 });
  const saved = json('config.json');
  for (const [key, value] of Object.entries(config)) assert.equal(saved[key], value);
  const plain = await run({ max_steps: 1 });
  assert.ok(artifact.num_parameters < plain.artifact.num_parameters);
  assert.notEqual(plain.json('config.json').hidden_dropout, 0.3);
  const params = await withDefaults<Params>('train', {
    model: 'checkpoint',
    config: { mask_feature_prob: 0.1, mask_feature_length: 5000 },
  });
  const checkpoint = join(dir, 'checkpoint/config.json');
  const original = readFileSync(checkpoint, 'utf8');
  writeFileSync(checkpoint, JSON.stringify({ ...JSON.parse(original), apply_spec_augment: true }));
  const { problems } = await outlineOf(train, params, await labelledClips(new MemoryObjects()), place);
  writeFileSync(checkpoint, original);
  assert.deepEqual(
    problems.map(({ message }) => message),
    ['mask_feature_length is larger than the hidden size'],
  );
});

test('odd labels, and a head for other classes, give warnings before the training', async () => {
  const warningsOf = async (given: Record<string, unknown>, change: Parameters<typeof labelledClips>[1]) => {
    const warnings: string[] = [];
    await run(
      { max_steps: 1, ...given },
      { change, log: (level, text) => level === 'warning' && warnings.push(text) },
    );
    return warnings;
  };
  const { json } = await run({ max_steps: 1 }, { change: ({ label }) => label.fill(4) });
  assert.deepEqual(json('etude.json').untrained_labels, names.slice(0, 4));
  const gone = await warningsOf({ eval_strategy: 'epoch', learning_rate: 1e-9 }, ({ label }) => {
    label.forEach((id, row) => {
      if (id === 2) label[row] = row < 14 ? 1 : 2;
    });
  });
  assert.deepEqual(gone.slice(0, 3), [
    "no clip of split 'train' is of class 'balance', which cannot be learned",
    "split 'test' has clips of class 'balance', but the training split has none",
    "split 'test' has no clip of class 'freeze', which its metrics do not cover",
  ]);
  const same = await warningsOf({ eval_strategy: 'epoch' }, ({ label }) => label.fill(4));
  assert.deepEqual(same, [
    "all clips of split 'train' are of one class, 'pay_bill': there is nothing to classify",
    "all clips of split 'test' are of one class, 'pay_bill': there is nothing to classify",
    same[2],
  ]);
  assert.match(
    same[2]!,
    /^accuracy [01]\.\d+ on split 'test' is no better than always answering 'pay_bill' \(1\.000\)$/,
  );
  const checkpoint = join(dir, 'checkpoint/config.json');
  const original = readFileSync(checkpoint, 'utf8');
  const head = async (labels: string[]) => {
    const id2label = Object.fromEntries(labels.map((name, id) => [id, name]));
    writeFileSync(checkpoint, JSON.stringify({ ...JSON.parse(original), id2label }));
    return warningsOf({}, () => {}).finally(() => writeFileSync(checkpoint, original));
  };
  assert.deepEqual(await head(names), []);
  assert.deepEqual(await head(names.map((_, id) => `LABEL_${id}`)), []);
  assert.match(
    (await head(names.toReversed()))[0]!,
    /in another order: class 0 was 'pay_bill' there and is 'abroad' here/,
  );
  assert.match((await head([...names.slice(0, 4), 'zebra']))[0]!, /other classes: class 4 was 'zebra' there/);
});

test('a checkpoint that is missing, incomplete or of another kind is reported before the training', async () => {
  writeFileSync(join(dir, 'config.json'), '{"model_type": "bert"}');
  const dataset = await labelledClips(new MemoryObjects());
  const messages = async (model: string, initial_weights: string) => {
    const params = await withDefaults<Params>('train', { model, initial_weights });
    return (await outlineOf(train, params, dataset, place)).problems.map(({ message }) => message);
  };
  assert.match((await messages('.', 'pretrained'))[0]!, /no model\.safetensors in '\.'/);
  assert.match((await messages('.', 'random'))[0]!, /model_type/);
  assert.match((await messages('nowhere', 'random'))[0]!, /no such folder: 'nowhere'/);
  assert.match((await messages('some/model', 'random'))[0]!, /no model 'some\/model' on the Hub/);
});

test('more frozen layers than there are is an error at the parameter, and what is frozen is said once', async () => {
  const params = await withDefaults<Params>('train', { model: 'checkpoint', freeze_layers: 3 });
  const dataset = await labelledClips(new MemoryObjects());
  const { problems } = await outlineOf(train, params, dataset, place);
  assert.deepEqual(problems, [
    {
      param: ['freeze_layers'],
      message: 'the model has only 2 layers to freeze',
      expected: 'at most 2',
      got: '3',
    },
  ]);
  await assert.rejects(run({ freeze_layers: 3 }), /only 2 layers to freeze/);
  const logged: string[] = [];
  await run({ freeze_layers: 1, max_steps: 1 }, { log: (_, text) => logged.push(text) });
  assert.equal(
    logged.filter((text) => text.includes('dropout, layerdrop and SpecAugment are off')).length,
    1,
  );
});

test('with peft the adapters are trained, merged and beside the model as files of PEFT', async () => {
  const told: string[] = [];
  const log = (level: string, text: string) => void told.push(`${level}: ${text}`);
  const peft = { r: 4, lora_alpha: 16, target_modules: ['q_proj', 'v_proj'] };
  const { artifact, json } = await run({ ...learning, peft, learning_rate: 3e-2 }, { log });
  const adapter = Object.keys(artifact.files).filter((name) => name.startsWith('adapter/'));
  assert.deepEqual(adapter, ['adapter/adapter_config.json', 'adapter/adapter_model.safetensors']);
  const losses = json('trainer_state.json').log_history.flatMap(
    (entry: Record<string, number>) => entry.loss ?? [],
  );
  assert.ok(losses.at(-1) < 0.8 * losses[0], losses.join());
  const { r, lora_alpha, modules_to_save, target_modules, base_model_name_or_path } = json(adapter[0]!);
  assert.deepEqual({ r, lora_alpha, target_modules }, peft);
  assert.deepEqual(modules_to_save, ['projector', 'classifier']);
  assert.equal(base_model_name_or_path, null);
  const whole = await run({ max_steps: 1 });
  assert.equal(artifact.num_parameters, whole.artifact.num_parameters);
  assert.deepEqual(json('config.json'), whole.json('config.json'));
  assert.equal(
    told.filter((text) => /^info: LoRA on 4 layers: \d+ trainable parameters/.test(text)).length,
    1,
  );
  assert.ok(!told.some((text) => text.includes('neither trained')), told.join('\n'));

  const partial = { target_modules: ['intermediate_dense'], modules_to_save: ['classifier'] };
  const other = await run({ peft: partial, freeze_layers: 1, max_steps: 1 });
  assert.deepEqual(other.json(adapter[0]!).target_modules, [
    'wav2vec2.encoder.layers.1.feed_forward.intermediate_dense',
  ]);
});

test('what peft names and the model lacks is a problem at that name', async () => {
  const dataset = await labelledClips(new MemoryObjects());
  const problemsOf = async (given: Record<string, unknown>) => {
    const params = await withDefaults<Params>('train', { model: 'checkpoint', ...given });
    const { problems } = await outlineOf(train, params, dataset, place);
    return problems.map(({ param, message, suggestion }) => [param.join('.'), message, suggestion]);
  };
  const peft = { target_modules: ['q_proj', 'qproj', 'projector'], modules_to_save: ['projector', 'head'] };
  assert.deepEqual(await problemsOf({ peft }), [
    ['peft.target_modules.1', "no linear layer of the model is called 'qproj'", 'q_proj'],
    ['peft.target_modules.2', "'projector' is in modules_to_save, so it is trained in full", undefined],
    ['peft.modules_to_save.1', "no module of the model is called 'head'", undefined],
  ]);
  const frozen = { target_modules: ['layers.0.attention.q_proj'], modules_to_save: ['feature_extractor'] };
  assert.deepEqual(
    (await problemsOf({ peft: frozen, freeze_layers: 1 })).map(([param, message]) => [param, message]),
    [
      ['peft.target_modules.0', "all layers called 'layers.0.attention.q_proj' are frozen"],
      ['peft.modules_to_save.0', "'feature_extractor' is frozen"],
    ],
  );
  const plain = { target_modules: 'all-linear' };
  assert.deepEqual((await problemsOf({ peft: plain, freeze_base_model: true }))[0]![0], 'freeze_base_model');
  assert.deepEqual((await problemsOf({ peft: plain, initial_weights: 'random' }))[0]![0], 'initial_weights');
  assert.deepEqual(await problemsOf({ peft: plain }), []);
  const twice = { target_modules: 'q_proj', r: 0, lora_dropout: 1 };
  await assert.rejects(withDefaults('train', { model: 'x', peft: twice }), />= 1.*< 1.*constant/);
});

test('the adapter of a local model is read as the model around it, by predict and train', async () => {
  const peft = { r: 2, lora_alpha: 8, target_modules: ['q_proj'] };
  const { save, json } = await run({ peft, max_steps: 4, learning_rate: 3e-2 });
  save(join(dir, 'trained'));
  assert.equal(json('adapter/adapter_config.json').base_model_name_or_path, null);

  const read = async (path: string) => loadModel(await locateModel(path, place));
  const [whole, adapter] = [await read('trained'), await read('trained/adapter')];
  assert.deepEqual([adapter.missing, adapter.labels], [[], whole.labels]);
  assert.deepEqual(adapter.weights, whole.weights);
  const [on, other] = await Promise.all(
    ['trained', 'trained/adapter'].map((model) => run({ model, max_steps: 2 })),
  );
  assert.equal(
    other!.artifact.files['model.safetensors']!.digest,
    on!.artifact.files['model.safetensors']!.digest,
  );

  writeFileSync(join(dir, 'trained/adapter/adapter_model.safetensors'), 'edited');
  await assert.rejects(read('trained/adapter'), /does not name its base model/);
});

test('the adapter of a model on the Hub names it, and then the name counts', async (t) => {
  const setting = await Setting.open(t);
  const checkpoint = filesOf('stable-layer-norm').map(({ name, path }) => [name, readFileSync(path)]);
  setting.server.commit('model', 'me/base', Object.fromEntries(checkpoint));
  const peft = { target_modules: ['q_proj'] };
  const namesOf = async (given: Record<string, unknown>) => {
    const params = await withDefaults<Params>('train', { model: 'me/base', ...given });
    return (await train.sources!(params, setting.place()))[0]!.files.map(({ name }) => name);
  };
  const plain = await namesOf({});
  assert.deepEqual(await namesOf({ peft }), [...plain, 'me/base']);

  const params = await withDefaults<Params>('train', { model: 'checkpoint', peft });
  const { model } = await sourcesOf(train, params, place);
  const origin = { type: 'model', id: 'me/base', revision: 'main', commit: '0'.repeat(40) } as const;
  const sources = { model: model!.map((file) => ({ ...file, origin: { ...origin, file: file.name } })) };
  const { json } = await run({ peft, max_steps: 1 }, { sources });
  assert.equal(json('adapter/adapter_config.json').base_model_name_or_path, 'me/base');
});
