import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { MLflow } from '../../../../../src/learning/training/trackers/mlflow/mlflow.js';
import {
  type MLflowSettings,
  mlflowSettings,
} from '../../../../../src/learning/training/trackers/mlflow/settings.js';
import { MLflowServer } from '../../../../support/mlflow-server.js';
import { tempFolder } from '../../../../support/temp-folder.js';

let server: MLflowServer;
let uri: string;
const messages: string[] = [];
before(async () => {
  server = new MLflowServer();
  uri = await server.start();
});
after(() => server.stop());
beforeEach(() => {
  server.fault = undefined;
  server.runs.clear();
  server.seen.length = 0;
  messages.length = 0;
});

function tracker(env: Record<string, string> = {}, scratch = tempFolder(), patienceMs?: number): MLflow {
  const settings = mlflowSettings({ MLFLOW_TRACKING_URI: uri, ...env }) as MLflowSettings;
  const params = [{ key: 'seed', value: '7' }];
  return new MLflow(
    settings,
    { name: 'model-1', params, scratch },
    (text) => messages.push(text),
    patienceMs,
  );
}

test('a training is a run: its experiment, name, tags, parameters, and its log under the names of the log', async () => {
  const env = { MLFLOW_EXPERIMENT_NAME: 'tones & co', MLFLOW_TAGS: '{"team": "audio"}' };
  const run = tracker(env);
  run.begin(0, [{ loss: 3, epoch: 0.5, step: 4 }]);
  run.log({ loss: 2, learning_rate: 1e-4, epoch: 1, step: 8 });
  run.log({ eval_accuracy: 0.25, 'eval_a/b': Number.NaN, 'eval_c:d': 1, epoch: 1, step: 8 });
  await run.end('finished');
  const [stored] = [...server.runs.values()];
  assert.equal(server.experiments.get('tones & co'), stored!.experiment);
  assert.deepEqual(
    [stored!.name, stored!.status, stored!.params, stored!.tags],
    [
      'model-1',
      'FINISHED',
      { seed: '7' },
      { 'mlflow.source.name': 'etude', 'mlflow.source.type': 'LOCAL', team: 'audio' },
    ],
  );
  assert.deepEqual(stored!.metrics, {
    'loss@4': [3],
    'epoch@4': [0.5],
    'loss@8': [2],
    'learning_rate@8': [1e-4],
    'epoch@8': [1, 1],
    'eval_accuracy@8': [0.25],
    'eval_c_d@8': [1],
  });
  assert.deepEqual(messages, []);
});

test('an interrupted training continues its run, without its parameters and the log before', async () => {
  const scratch = tempFolder();
  const first = tracker({}, scratch);
  first.begin(0, []);
  first.log({ loss: 2, step: 1 });
  await first.end('interrupted');
  assert.deepEqual(
    [...server.runs.values()].map(({ status }) => status),
    ['KILLED'],
  );
  const second = tracker({}, scratch);
  second.begin(1, [{ loss: 2, step: 1 }]);
  second.log({ loss: 1, step: 2 });
  await second.end('finished');
  assert.equal(server.runs.size, 1);
  const [stored] = server.runs.values();
  assert.deepEqual([stored!.status, stored!.metrics], ['FINISHED', { 'loss@1': [2], 'loss@2': [1] }]);

  // Another start of the same training, and one whose run is gone, are runs of their own.
  for (const step of [0, 1]) {
    if (step === 1) server.runs.clear();
    const other = tracker({}, scratch);
    other.begin(step, []);
    await other.end('failed');
    assert.equal([...server.runs.values()].at(-1)?.status, 'FAILED');
    assert.equal(server.runs.size, 2 - step);
  }
});

test('MLFLOW_RUN_ID names a run that trainings go on in; its parameters stay', async () => {
  const first = tracker();
  first.begin(0, []);
  await first.end('failed');
  const [id] = server.runs.keys();
  const scratch = tempFolder();
  const resumed = { ...[...server.runs.values()][0]! };
  resumed.params = { seed: '8' };
  server.runs.set(id!, resumed);
  const second = tracker({ MLFLOW_RUN_ID: id! }, scratch);
  second.begin(2, [{ loss: 3, step: 1 }]);
  second.log({ loss: 2, step: 2 });
  await second.end('interrupted');
  const third = tracker({ MLFLOW_RUN_ID: id! }, scratch);
  third.begin(2, [{ loss: 3, step: 1 }]);
  await third.end('finished');
  assert.equal(server.runs.size, 1);
  assert.deepEqual(
    [resumed.status, resumed.params, resumed.metrics],
    ['FINISHED', { seed: '8' }, { 'loss@1': [3], 'loss@2': [2] }],
  );
  resumed.params = {};
  const empty = tracker({ MLFLOW_RUN_ID: id! });
  empty.begin(0, []);
  await empty.end('finished');
  assert.deepEqual(resumed.params, { seed: '7' });

  const wrong = tracker({ MLFLOW_RUN_ID: 'gone' });
  wrong.begin(0, []);
  await wrong.end('finished');
  assert.match(messages.join(), /MLFLOW_RUN_ID names no run that can be continued.*is not reported$/);
  assert.equal(server.runs.size, 1);
});

test('what a server that is busy did not take is sent again, once', async () => {
  server.fault = { call: 'runs/log-batch', status: 503, times: 1 };
  const run = tracker();
  run.begin(0, []);
  run.log({ loss: 2, step: 1 });
  await run.end('finished');
  const [stored] = server.runs.values();
  assert.deepEqual(
    [stored!.params, stored!.metrics, stored!.status],
    [{ seed: '7' }, { 'loss@1': [2] }, 'FINISHED'],
  );
  assert.equal(messages.length, 1);
  assert.match(messages[0]!, /^MLflow at 127\.0\.0\.1:\d+ takes no metrics \(HTTP 503\): the /);
});

test('a server that is down, hangs or refuses costs one message, which has no secrets', async () => {
  const env = { MLFLOW_TRACKING_USERNAME: 'ann', MLFLOW_TRACKING_PASSWORD: 'hunter2' };
  const refusing = {
    status: 401,
    text: '{"error_code": "UNAUTHENTICATED", "message": "hunter2"}',
    times: 99,
  };
  const cases: [MLflowServer['fault'], Record<string, string>, RegExp][] = [
    [
      undefined,
      { MLFLOW_TRACKING_URI: 'http://ann:hunter2@127.0.0.1:1' },
      /\((ECONNREFUSED|no usable answer)\)/,
    ],
    [refusing, {}, /\(HTTP 401 UNAUTHENTICATED\): the rest is not reported/],
    [{ status: 200, text: '<html>hunter2', times: 99 }, {}, /\(what answers is not MLflow\)/],
    [{ status: 302, times: 99 }, {}, /\(HTTP 302\)/],
  ];
  for (const [fault, more, expected] of cases) {
    messages.length = 0;
    server.fault = fault;
    const run = tracker({ ...env, ...more });
    run.begin(0, []);
    for (let step = 1; step < 20; step += 1) run.log({ loss: 1, step });
    await run.end('finished');
    run.log({ loss: 1, step: 20 });
    assert.equal(messages.length, 1, `${messages}`);
    assert.match(messages[0]!, expected);
    assert.doesNotMatch(messages[0]!, /ann|hunter2/);
  }
  messages.length = 0;
  server.fault = { hang: true, times: 99 };
  const hung = tracker({}, undefined, 20);
  hung.begin(0, []);
  await hung.end('finished');
  assert.equal(server.runs.size, 0);
  assert.deepEqual(messages.length, 1);
  assert.match(messages[0]!, /\(no answer in time\): the rest is not reported/);
});

test('credentials go to the server as MLflow sends them: a user and password, otherwise a token', async () => {
  const of = (env: Record<string, string>) =>
    (mlflowSettings({ MLFLOW_TRACKING_URI: uri, ...env }) as MLflowSettings).authorization;
  const basic = `Basic ${Buffer.from('ann:p:w').toString('base64')}`;
  const token = { MLFLOW_TRACKING_TOKEN: 'abc' };
  const user = { MLFLOW_TRACKING_USERNAME: 'ann', MLFLOW_TRACKING_PASSWORD: 'p:w' };
  assert.deepEqual([of({}), of(token), of({ ...token, ...user })], [undefined, 'Bearer abc', basic]);
  const inAddress = mlflowSettings({
    MLFLOW_TRACKING_URI: 'https://ann:p%3Aw@example.org/x/',
  }) as MLflowSettings;
  assert.deepEqual(
    [inAddress.authorization, inAddress.url, inAddress.host],
    [basic, 'https://example.org/x', 'example.org'],
  );
  const run = tracker(token);
  run.begin(0, []);
  await run.end('finished');
  assert.ok(
    server.seen.length > 0 && server.seen.every(({ authorization }) => authorization === 'Bearer abc'),
  );
});

test('settings of no use are a sentence without what they are', () => {
  for (const [env, expected] of [
    [{}, /^MLFLOW_TRACKING_URI is not set$/],
    [{ MLFLOW_TRACKING_URI: 'sqlite:///secret.db' }, /not the address of a server/],
    [{ MLFLOW_TRACKING_URI: 'secret' }, /not the address of a server/],
    [{ MLFLOW_TRACKING_URI: uri, MLFLOW_TAGS: '["secret"]' }, /MLFLOW_TAGS is not a JSON object/],
    [{ MLFLOW_TRACKING_URI: uri, MLFLOW_TAGS: 'secret' }, /MLFLOW_TAGS is not a JSON object/],
  ] as const) {
    const found = mlflowSettings(env);
    assert.match(String(found), expected);
    assert.doesNotMatch(String(found), /secret/);
  }
});
