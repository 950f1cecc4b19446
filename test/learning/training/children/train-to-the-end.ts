/**
 * Trains with all randomness enabled, prints each step and evaluation, and writes the final result:
 * train-to-the-end.ts SCRATCH OUT.
 */
import { writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openEngine } from '../../../../src/engine/open-engine.js';
import { train } from '../../../../src/learning/training/train.js';
import { testDevice, testEngine } from '../../../support/engine.js';
import {
  bytesOf,
  defaults,
  everythingRandom,
  noise,
  quiet,
  tinyModel,
} from '../../../support/training-setting.js';

/** Updates of the training. */
export const STEPS = 20;

/** The complete training, or what is left of it in `scratch`: the model's bytes and the state. */
export async function trainToTheEnd(scratch: string, print: (line: string) => void): Promise<string> {
  await openEngine(testEngine, { threads: 1, device: testDevice });
  const model = await tinyModel('stable-layer-norm', everythingRandom);
  const state = await train(
    await quiet({
      model,
      scratch,
      train: noise(13, () => 160),
      evaluation: noise(8, () => 160, 'test'),
      args: {
        ...defaults,
        per_device_train_batch_size: 2,
        gradient_accumulation_steps: 2,
        learning_rate: 5e-3,
        warmup_steps: 5,
        max_steps: STEPS,
        eval_strategy: 'steps',
        eval_steps: 2,
        save_strategy: 'steps',
        save_steps: 2,
        logging_steps: 3,
        load_best_model_at_end: true,
        metric_for_best_model: 'accuracy',
        lr_scheduler_type: 'cosine',
      },
      progress: ({ training, phase }) => print(`${training?.step ?? phase}`),
      log: (_level, text) => print(text),
    }),
  );
  return `${bytesOf(model).toString('hex')}\n${JSON.stringify(state)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [scratch, out] = process.argv.slice(2) as [string, string];
  // Straight to the pipe, so that the reader knows at once.
  writeFileSync(out, await trainToTheEnd(scratch, (line) => writeSync(1, `${line}\n`)));
}
