import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it, test } from 'node:test';
import { DamagedObjectError } from '../../src/pipeline/cache/damaged-object-error.js';
import type { ModelArtifact } from '../../src/stage/artifact.js';
import type { StageContext } from '../../src/stage/stage-type.js';
import train from '../../stages/train.js';
import { testEngine } from '../support/engine.js';
import { labelledClips, placeWithCheckpoint, withDefaults } from '../support/labelled-clips.js';
import { MemoryChunkResults, MemoryObjects } from '../support/memory-objects.js';
import { contextOf, sourcesOf } from '../support/stage.js';
import { tempFolder } from '../support/temp-folder.js';

type Params = Parameters<typeof train.run>[0]['params'];
type Given = Record<string, unknown>;
type Parts = Partial<StageContext<Params>>;

const { place } = placeWithCheckpoint();
const objects = new MemoryObjects();
/** Shared, so that a frozen part is computed once. */
const chunks = new MemoryChunkResults();

/** 14 clips: an epoch has 4 batches, the last of 2, and 2 updates, the last of one batch. */
const base = {
  model: 'checkpoint',
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: 3,
  learning_rate: 5e-3,
  lr_scheduler_type: 'constant',
  logging_steps: 3,
  config: {
    hidden_dropout: 0.1,
    attention_dropout: 0.1,
    apply_spec_augment: true,
    mask_time_prob: 0.2,
    mask_time_length: 2,
  },
};

const paramsOf = (given: Given) => withDefaults<Params>('train', structuredClone({ ...base, ...given }));

async function run(given: Given, parts: Parts = {}) {
  const params = await paramsOf(given);
  const first: number[] = [];
  const said: string[] = [];
  const result = await train.run(
    contextOf(params, {
      inputs: { dataset: await labelledClips(objects) },
      objects,
      chunks,
      place,
      scratch: tempFolder('scratch'),
      engine: testEngine,
      sources: await sourcesOf(train, params, place),
      progress: ({ training }) => training && first.push(training.step),
      log: (_, text) => said.push(text),
      ...parts,
    }),
  );
  return { ...result, artifact: result.artifact as ModelArtifact, first: first[0], said };
}

/** Every set of dropped layers is a graph of its own, which takes long to compile. */
const layerdrop = { config: { ...base.config, layerdrop: 0.3 } };
const epoch = { eval_strategy: 'epoch', save_strategy: 'epoch' };
const best = { ...epoch, load_best_model_at_end: true, metric_for_best_model: 'accuracy' };
const steps = (n: number) => ({
  eval_strategy: 'steps',
  eval_steps: n,
  save_strategy: 'steps',
  save_steps: n,
  load_best_model_at_end: true,
});

/** What is common; the shorter; the longer; the first step of the continuation. */
const cases: Record<string, [common: Given, shorter: Given, longer: Given, first: number | undefined]> = {
  'more epochs': [{ ...epoch, ...layerdrop }, { num_train_epochs: 2 }, { num_train_epochs: 4 }, 5],
  'the best model, found before or after': [best, { num_train_epochs: 2 }, { num_train_epochs: 6 }, 5],
  'more steps, in the middle of an epoch': [layerdrop, { max_steps: 3 }, { max_steps: 5 }, 4],
  'steps that end an epoch': [epoch, { max_steps: 4 }, { max_steps: 7 }, 5],
  'a last evaluation that a longer training would not have': [
    steps(2),
    { max_steps: 3, learning_rate: 2e-2 },
    { max_steps: 7, learning_rate: 2e-2 },
    4,
  ],
  'epochs, then steps': [epoch, { num_train_epochs: 1.5 }, { max_steps: 6 }, 4],
  'the same number of steps': [
    epoch,
    { num_train_epochs: 2 },
    { max_steps: 4, num_train_epochs: 9 },
    undefined,
  ],
  'early stopping, already or not yet': [
    { ...best, early_stopping_patience: 1 },
    { num_train_epochs: 2 },
    { num_train_epochs: 9 },
    undefined,
  ],
  'a plateau': [
    {
      ...epoch,
      lr_scheduler_type: 'reduce_lr_on_plateau',
      lr_scheduler_kwargs: { patience: 0, factor: 0.5, threshold: 0.9 },
    },
    { num_train_epochs: 2 },
    { num_train_epochs: 3 },
    5,
  ],
  'a schedule of its own length, with warm-up': [
    { lr_scheduler_type: 'cosine', warmup_ratio: 0.2, lr_scheduler_kwargs: { num_training_steps: 12 } },
    { num_train_epochs: 2 },
    { num_train_epochs: 3 },
    5,
  ],
  'absolute warm-up': [
    { lr_scheduler_type: 'inverse_sqrt', warmup_steps: 3, train_sampling_strategy: 'group_by_length' },
    { num_train_epochs: 1 },
    { num_train_epochs: 2 },
    3,
  ],
  'frozen layers': [{ ...epoch, freeze_layers: 1 }, { num_train_epochs: 1 }, { num_train_epochs: 2 }, 3],
  LoRA: [
    { ...best, peft: { peft_type: 'LORA', r: 2, lora_dropout: 0.1, target_modules: ['q_proj', 'v_proj'] } },
    { num_train_epochs: 2 },
    { num_train_epochs: 3 },
    5,
  ],
};

describe('a longer training that continues a shorter one ends with the bytes of one that did not', () => {
  for (const [what, [common, shorter, longer, first]] of Object.entries(cases)) {
    it(what, async () => {
      const { kept } = await run({ ...common, ...shorter });
      const whole = await run({ ...common, ...longer });
      const continued = await run({ ...common, ...longer }, { kept });
      assert.equal(whole.first, 1);
      if (first !== undefined || what.startsWith('the same')) assert.equal(continued.first, first);
      assert.deepEqual(continued.artifact, whole.artifact);
      assert.deepEqual(continued.kept, whole.kept, 'so that it can be continued again');
    });
  }
});

describe('what a training keeps', () => {
  let kept: NonNullable<Awaited<ReturnType<typeof run>>['kept']>;
  let whole: ModelArtifact;
  const [shorter, longer] = [{ num_train_epochs: 2 }, { num_train_epochs: 4 }];
  before(async () => {
    kept = (await run(shorter)).kept!;
    whole = (await run(longer)).artifact;
  });

  it('the weights that are the model take no space', async () => {
    const { artifact } = await run(shorter);
    assert.deepEqual(kept['checkpoint-4/model.safetensors'], artifact.files['model.safetensors']);
    assert.deepEqual(Object.keys(kept).sort(), [
      'checkpoint-4/model.safetensors',
      'checkpoint-4/optimizer.safetensors',
      'checkpoint-4/trainer_state.json',
    ]);
  });

  it('is nothing if only the model is to be kept, or if nothing could continue it', async () => {
    assert.equal((await run({ ...shorter, save_only_model: true })).kept, undefined);
    assert.equal((await run({ ...shorter, lr_scheduler_type: 'linear' })).kept, undefined);
  });

  it('does not count if anything of it is missing: it says so, and trains from the start', async () => {
    for (const name of Object.keys(kept)) {
      const damaged = { ...kept, [name]: { digest: '0'.repeat(64), size: 7 } };
      const unreadable = Object.assign(Object.create(objects) as MemoryObjects, {
        pathOf: async (ref: { digest: string }) => {
          if (/^0+$/.test(ref.digest)) throw new DamagedObjectError(damaged[name]!, 'missing');
          return objects.pathOf(ref as never);
        },
      });
      const { artifact, first, said } = await run(longer, { kept: damaged, objects: unreadable });
      assert.equal(first, 1);
      assert.ok(
        said.some((text) => /^starts from the beginning.*missing/.test(text)),
        said.join('\n'),
      );
      assert.deepEqual(artifact, whole);
    }
  });

  it("is never a path, and gives way to a later state of the training's own", async () => {
    const scratch = tempFolder('scratch');
    const outside = { ...kept, '../checkpoint-9/model.safetensors': kept['checkpoint-4/model.safetensors']! };
    const abort = new AbortController();
    const progress: StageContext['progress'] = ({ training }) => training?.step === 6 && abort.abort();
    await assert.rejects(run(longer, { kept: outside, scratch, signal: abort.signal, progress }), {
      name: 'AbortError',
    });
    assert.deepEqual(readdirSync(join(scratch, '..')).includes('checkpoint-9'), false);
    const { artifact, first } = await run(longer, { kept, scratch });
    assert.equal(first, 7);
    assert.deepEqual(artifact, whole);
  });

  it('is laid out again if that was interrupted', async () => {
    const scratch = tempFolder('scratch');
    mkdirSync(join(scratch, 'checkpoint-4'));
    writeFileSync(join(scratch, 'checkpoint-4/model.safetensors'), 'half');
    writeFileSync(join(scratch, 'checkpoint-4/optimizer.safetensors.part'), 'half');
    const { artifact, first } = await run(longer, { kept, scratch });
    assert.equal(first, 5);
    assert.deepEqual(artifact, whole);
  });
});

test('whether a longer training continues depends on whether its first steps are the same', async () => {
  const { kept } = await run({ num_train_epochs: 2 });
  const answer = async (
    given: Given,
    longer: Given = { num_train_epochs: 5 },
    clips = 14,
    has: typeof kept | null = kept,
  ) => {
    const shorter = await paramsOf({ num_train_epochs: 2, ...given });
    return train.continues!.from(
      shorter,
      await paramsOf({ ...given, ...longer }),
      has ?? undefined,
      () => clips,
    );
  };
  const yes = { at: 'epoch 2', done: 4 / 10 };
  const linear = { lr_scheduler_type: 'linear' };
  const kwargs = (lr_scheduler_kwargs: Given) => ({ lr_scheduler_kwargs });
  const decay = { lr_scheduler_type: 'warmup_stable_decay' };
  const not = (text: string) => ({ not: text });
  const fraction = (what: string) => not(`${what} is a fraction of all steps`);
  const depends = (type: string) =>
    not(
      `lr_scheduler_type ${type} depends on the number of steps (lr_scheduler_kwargs.num_training_steps sets it)`,
    );
  assert.deepEqual(await answer({}), yes);
  assert.deepEqual(await answer({}, { max_steps: 4 }), { at: 'epoch 2', done: 1 });
  assert.deepEqual(await answer(linear), depends('linear'));
  assert.deepEqual(await answer({ ...linear, ...kwargs({ num_training_steps: 20 }) }), yes);
  assert.deepEqual(
    await answer({ ...decay, ...kwargs({ num_decay_steps: 2 }) }),
    depends('warmup_stable_decay'),
  );
  assert.deepEqual(await answer({ ...decay, ...kwargs({ num_decay_steps: 2, num_stable_steps: 3 }) }), yes);
  const warm = { lr_scheduler_type: 'constant_with_warmup' };
  assert.deepEqual(await answer({ ...warm, warmup_steps: 3 }), yes);
  assert.deepEqual(await answer({ ...warm, warmup_ratio: 0.1 }), fraction('warmup_ratio 0.1'));
  assert.deepEqual(await answer({ ...warm, warmup_steps: 0.5 }), fraction('warmup_steps 0.5'));
  assert.deepEqual(await answer({ warmup_ratio: 0.1 }), yes, 'a constant rate has no warm-up');
  assert.deepEqual(await answer({ logging_steps: 0.1 }), fraction('logging_steps 0.1'));
  assert.deepEqual(await answer({ logging_steps: 0.1, logging_strategy: 'epoch' }), yes);
  assert.deepEqual(await answer({ eval_strategy: 'steps', eval_steps: 0.5 }), fraction('eval_steps 0.5'));
  assert.deepEqual(
    await answer({ eval_strategy: 'steps', logging_steps: 0.2, logging_strategy: 'no' }),
    fraction('logging_steps 0.2'),
  );
  assert.deepEqual(await answer({ save_strategy: 'steps', save_steps: 0.5 }), fraction('save_steps 0.5'));
  assert.deepEqual(
    await answer({}, { num_train_epochs: 1 }),
    not('of a longer one, only the last state is kept (step 4)'),
  );
  assert.deepEqual(
    await answer({}, { num_train_epochs: 5 }, Number.NaN),
    not('the number of clips is not known yet'),
  );
  assert.deepEqual(
    await answer({}, { num_train_epochs: 5 }, 14, null),
    not('its training state is not in the cache'),
  );
});

test('a schedule that ends before the training is worth a warning', async () => {
  const given = { lr_scheduler_type: 'linear', lr_scheduler_kwargs: { num_training_steps: 2 }, max_steps: 3 };
  const { said } = await run(given);
  assert.ok(said.includes("the learning rate's schedule ends at step 2 (num_training_steps) of 3"));
});
