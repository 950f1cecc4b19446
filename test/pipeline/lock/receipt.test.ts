import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Drift } from '../../../src/pipeline/lock/drift.js';
import { thisPlatform } from '../../../src/pipeline/lock/platform.js';
import { makeReceipt } from '../../../src/pipeline/lock/receipt.js';
import type { LockedOutput, LockFile } from '../../../src/pipeline/lock/types.js';

const digest = (digit: string) => digit.repeat(64);

/** clips -> model -> scores. */
function lockWith(
  outputs: Partial<Record<'clips' | 'model' | 'scores', Partial<LockedOutput>>> = {},
): LockFile {
  const stage = (uses: string, kind: LockedOutput['kind'], own: Partial<LockedOutput> | undefined) => ({
    uses,
    fingerprint: digest('f'),
    params: {},
    code: digest('c'),
    output: { kind, digest: digest('1'), ...own },
  });
  return {
    format: 1,
    recipe: 'recipe.yaml',
    name: 'test',
    etude: '0.1.0',
    engine: 'onnxruntime-node 1.30.0',
    platform: thisPlatform(),
    tolerances: { accuracy: 0.03, loss: 0.1 },
    stages: {
      clips: stage('load', 'dataset', { rows: { train: 3 }, ...outputs.clips }),
      model: {
        ...stage('train', 'model', {
          metrics: { evaluation: { accuracy: 0.9, loss: 0.3 } },
          ...outputs.model,
        }),
        from: { dataset: 'clips' },
      },
      scores: {
        ...stage('evaluate', 'report', { metrics: { test: { accuracy: 0.9 } }, ...outputs.scores }),
        from: { model: 'model', dataset: 'clips' },
      },
    },
  };
}

const changedModel = (accuracy: number): LockFile =>
  lockWith({
    model: { digest: digest('2'), metrics: { evaluation: { accuracy, loss: 0.31 } } },
    scores: { digest: digest('2'), metrics: { test: { accuracy } } },
  });

const verdicts = ({ stages }: ReturnType<typeof makeReceipt>) =>
  Object.fromEntries(stages.map(({ stage, verdict }) => [stage, verdict]));

test('equal bytes everywhere are byte-equal', () => {
  const receipt = makeReceipt({ lock: lockWith(), now: lockWith(), drift: [] });
  assert.equal(receipt.verdict, 'byte-equal');
  assert.equal(receipt.first, undefined);
});

test('within tolerance, the largest deviation of a metric is stated, and the engine is named as the cause', () => {
  const drift: Drift[] = [
    { stage: 'model', cause: 'engine', field: 'engine', locked: 'a 1', now: 'b 2', text: 'engine a 1 → b 2' },
  ];
  const weights = new Map([['model', 0.004]]);
  const receipt = makeReceipt({ lock: lockWith(), now: changedModel(0.88), drift, weights });
  assert.equal(receipt.verdict, 'within-tolerance');
  assert.deepEqual(verdicts(receipt), {
    clips: 'byte-equal',
    model: 'within-tolerance',
    scores: 'within-tolerance',
  });
  const [, model, scores] = receipt.stages;
  assert.equal(model!.furthest?.metric, 'evaluation accuracy');
  assert.ok(Math.abs(model!.furthest!.off - 0.02) < 1e-12);
  assert.equal(model!.max_abs_weight_difference, 0.004);
  assert.deepEqual(receipt.first?.because, [{ type: 'engine', text: 'engine a 1 → b 2' }]);
  assert.equal(scores!.because[0]!.type, 'input');
});

test('beyond the tolerance it is different; with nothing else to blame, the machine is', () => {
  const lock = { ...lockWith(), platform: { ...thisPlatform(), cpu: 'Another CPU' } };
  const receipt = makeReceipt({ lock, now: changedModel(0.8), drift: [] });
  assert.equal(receipt.verdict, 'different');
  assert.equal(receipt.first?.stage, 'model');
  assert.equal(receipt.first?.because[0]?.type, 'machine');
  assert.match(receipt.first?.because[0]?.text ?? '', /^cpu Another CPU → /);
  assert.ok(receipt.stages[1]!.differs.some((text) => /accuracy 0\.9 → 0\.8 \(tolerance 0\.03\)/.test(text)));
});

test('on the very same machine a difference without a cause points to etude verify', () => {
  const receipt = makeReceipt({ lock: lockWith(), now: changedModel(0.8), drift: [] });
  assert.equal(receipt.first?.because[0]?.type, 'unknown');
});

test('a dataset whose bytes differ is different, whatever its rows', () => {
  const receipt = makeReceipt({
    lock: lockWith(),
    now: lockWith({ clips: { digest: digest('3') } }),
    drift: [],
  });
  assert.equal(verdicts(receipt).clips, 'different');
});

test('what has drifted in data or recipe is different before anything runs; dependent stages are not run', () => {
  const drift: Drift[] = [{ stage: 'clips', cause: 'data', field: 'path', text: 'a.wav changed' }];
  const receipt = makeReceipt({ lock: lockWith(), now: { ...lockWith(), stages: {} }, drift });
  assert.deepEqual(verdicts(receipt), { clips: 'different', model: 'not-run', scores: 'not-run' });
  assert.equal(receipt.verdict, 'different');
  assert.deepEqual(receipt.first, {
    stage: 'clips',
    verdict: 'different',
    because: [{ type: 'data', text: 'a.wav changed' }],
  });
});

test('a model without its own evaluation is judged by the stages that read it', () => {
  const bare = (sign: string, accuracy: number) =>
    lockWith({
      model: { digest: digest(sign), metrics: undefined },
      scores: { digest: digest(sign), metrics: { test: { accuracy } } },
    });
  const near = makeReceipt({ lock: bare('1', 0.9), now: bare('2', 0.89), drift: [] });
  assert.equal(verdicts(near).model, 'within-tolerance');
  const far = makeReceipt({ lock: bare('1', 0.9), now: bare('2', 0.5), drift: [] });
  assert.equal(verdicts(far).model, 'different');
});

test('a failed stage fails the reproduction, with its message', () => {
  const { scores: _, ...stages } = lockWith().stages;
  const receipt = makeReceipt({
    lock: lockWith(),
    now: { ...lockWith(), stages },
    drift: [],
    errors: new Map([['scores', 'out of memory']]),
  });
  assert.equal(receipt.verdict, 'failed');
  assert.deepEqual(receipt.stages[2]!.differs, ['out of memory']);
});

test('a change of code that changes no result is reported, and is not a difference', () => {
  const drift: Drift[] = [
    { stage: 'clips', cause: 'code', field: 'code', text: 'code of stage type load changed' },
  ];
  const receipt = makeReceipt({ lock: lockWith(), now: lockWith(), drift });
  assert.equal(receipt.verdict, 'byte-equal');
  assert.equal(receipt.stages[0]!.because[0]!.type, 'code');
});
