import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Classifier } from '../../src/learning/predict/classifier.js';
import { Computation } from '../../src/serve/model/computation.js';
import type { Cutting, FromModel } from '../../src/serve/model/messages.js';
import { pcm16 } from '../support/wav-file.js';

/** A model with two classes, one for how long a clip is, one for how loud it begins. */
function rig(onMessage: (message: FromModel, computation: Computation) => void = () => {}) {
  const batches: number[][] = [];
  const sent: FromModel[] = [];
  const classifier = {
    extractor: { sampling_rate: 16_000 },
    prepare: (samples: Float32Array) => samples,
    groupOf: ({ length }: Float32Array) => length,
    logits(clips: readonly Float32Array[]) {
      batches.push(clips.map(({ length }) => length));
      return clips.map((clip) => Float32Array.of(clip.length, clip[0]!));
    },
  } as unknown as Classifier;
  const limits = { batchSize: 4, batchDelay: 0, maxDuration: 10 };
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const computation: Computation = new Computation(classifier, limits, (message) => {
    sent.push(message);
    onMessage(message, computation);
    if (message.type !== 'batch') end();
  });
  return { computation, batches, sent, ended };
}

/** As loud as each number for a tenth of a second. */
const levels = (...numbers: number[]) =>
  pcm16(Float32Array.from({ length: 1600 * numbers.length }, (_, i) => numbers[Math.floor(i / 1600)]!));
const cutting: Cutting = { window_length: 0.1, aggregate: 'max', activation: 'none' };

test('the windows of a clip are computed in batches, and become one answer', async () => {
  const { computation, batches, sent, ended } = rig();
  computation.add({ id: 7, bytes: levels(0.25, 0.5, -0.5, 0.125, 0.25), cutting });
  await ended;
  assert.deepEqual(batches, [[1600, 1600, 1600, 1600], [1600]]);
  const answers = sent.filter(({ type }) => type !== 'batch');
  assert.deepEqual(answers, [{ type: 'logits', id: 7, logits: Float32Array.of(1600, 0.5) }]);
});

test('of a clip that nobody waits for any more, no more windows are computed', async () => {
  const { computation, batches, sent, ended } = rig(
    (message, to) => message.type === 'batch' && to.cancel(7),
  );
  computation.add({ id: 7, bytes: levels(...new Array<number>(50).fill(0.5)), cutting });
  await ended;
  assert.equal(batches.length, 1);
  assert.deepEqual(sent.slice(1), [{ type: 'dropped', id: 7 }]);
});
