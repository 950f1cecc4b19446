import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type LabelScore, openProject, type Prediction } from '../../src/index.js';
import { flacSilence } from '../support/flac-silence.js';
import { hashedValues } from '../support/hashed-values.js';
import { ask, begin, checkAnswers, metric, post, raw, serveTiny } from '../support/served-model.js';
import { pcm16 } from '../support/wav-file.js';

const sound = (name: string, samples: number) => pcm16(hashedValues(name, samples, { scale: 0.3 }));
const A = sound('a', 8000);
const B = sound('b', 8000);
const LONG = sound('long', 12123);
const SHORT = pcm16(new Float32Array(3));
const NOISE = hashedValues('bytes', 5000, { scale: 100 });

function scoresOf(prediction: Prediction): LabelScore[] {
  assert.ok('scores' in prediction);
  return prediction.scores;
}

/** The last bits depend on how many clips are computed at a time. */
function assertScores(got: LabelScore[], wanted: readonly LabelScore[]): void {
  const labels = (scores: readonly LabelScore[]) => scores.map(({ label }) => label);
  assert.deepEqual(labels(got), labels(wanted));
  for (const [rank, { score }] of got.entries())
    assert.ok(Math.abs(score - wanted[rank]!.score) < 1e-6, `${score}, ${wanted[rank]!.score}`);
}

let server: Awaited<ReturnType<typeof serveTiny>>;
let url: string;
/** What `predict` says of each clip. */
let expected: Map<Uint8Array, LabelScore[]>;
/** And of the windows of one, by how they become one answer. */
const ofWindows = new Map<string, LabelScore[]>();
const WINDOWS = { windowLength: 0.3, hopLength: 0.11 };
before(async () => {
  server = await serveTiny({ maxBodySize: 300_000, maxDuration: 2, maxFiles: 4, timeout: 5 });
  url = `${server.url}/classify`;
  const classifier = await openProject().loadClassifier(server.folder);
  const clips = [A, B, LONG].map((bytes, i) => ({ file: String(i), read: async () => bytes }));
  const predictions: Prediction[] = [];
  for await (const prediction of classifier.classify(clips)) predictions.push(prediction);
  for (const aggregate of ['mean_logits', 'max', 'vote'] as const)
    for await (const prediction of classifier.classify([clips[2]!], { ...WINDOWS, aggregate }))
      ofWindows.set(aggregate, scoresOf(prediction));
  await classifier.close();
  expected = new Map([A, B, LONG].map((bytes, i) => [bytes, scoresOf(predictions[i]!)]));
});
after(async () => {
  assert.equal(await metric(server.url, 'etude_http_requests_in_flight'), 0);
  assert.equal(await metric(server.url, 'etude_queue_clips'), 0);
  assert.equal(await metric(server.url, 'etude_model_restarts_total'), 0);
  checkAnswers((await ask(`${server.url}/openapi.json`)).json);
  await server.close();
  assert.deepEqual(server.warnings, []);
  await assert.rejects(fetch(server.url));
});

test('a file is answered with the scores of predict', async () => {
  for (const clip of [A, LONG]) {
    const { status, json, headers } = await post(url, clip);
    assert.equal(status, 200);
    assert.match(headers.get('content-type')!, /^application\/json/);
    assertScores(json, expected.get(clip)!);
  }
  assertScores((await post(server.url, A, 'image/png')).json, expected.get(A)!);
});

test('every format is recognised by its content', async () => {
  for (const name of ['mono-24.flac', 'stereo.mp3', 'vorbis.ogg', 'opus.opus', 'stereo-16.oga']) {
    const file = readFileSync(new URL(`../fixtures/audio/${name}`, import.meta.url));
    const { status, json } = await post(url, new Uint8Array(file), 'audio/wav');
    assert.equal(status, 200, JSON.stringify(json));
    assert.equal(json.length, 5);
  }
});

test('parameters are those of the inference API, in the address or in JSON', async () => {
  const all = (await post(`${url}?top_k=100`, A)).json;
  assert.equal(all.length, 7);
  assertScores((await post(`${url}?top_k=2`, A)).json, all.slice(0, 2));
  const inputs = Buffer.from(A).toString('base64');
  const json = (parameters: object) => post(url, JSON.stringify({ inputs, parameters }), 'application/json');
  assertScores((await json({ top_k: 2, function_to_apply: null })).json, all.slice(0, 2));
  const logits = (await json({ top_k: 7, function_to_apply: 'none' })).json as { score: number }[];
  const powers = logits.map(({ score }) => Math.exp(score - logits[0]!.score));
  const sum = powers.reduce((total, power) => total + power);
  for (const [rank, { score }] of (all as { score: number }[]).entries())
    assert.ok(Math.abs(powers[rank]! / sum - score) < 1e-6);
  assertScores((await post(url, JSON.stringify({ inputs }))).json, expected.get(A)!);
});

test('clips are cut into windows as predict cuts them, in a request beside others', async () => {
  const query = (aggregate: string) =>
    `?window_length=${WINDOWS.windowLength}&hop_length=${WINDOWS.hopLength}&aggregate=${aggregate}`;
  const asked = [...ofWindows].map(async ([aggregate, scores]) =>
    assertScores((await post(url + query(aggregate), LONG)).json, scores),
  );
  const form = new FormData();
  for (const bytes of [LONG, SHORT]) form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]));
  form.append('window_length', String(WINDOWS.windowLength));
  form.append('hop_length', String(WINDOWS.hopLength));
  const { json } = await post(url, form);
  assertScores(json[0], ofWindows.get('mean_logits')!);
  assert.match(json[1].error, /too short/);
  const inputs = Buffer.from(A).toString('base64');
  const parameters = { window_length: 10, hop_length: null };
  assertScores((await post(url, JSON.stringify({ inputs, parameters }))).json, expected.get(A)!);
  await Promise.all(asked);
});

test('several files are a batch, in which a damaged one keeps its place', async () => {
  const form = new FormData();
  for (const bytes of [A, LONG, A.subarray(0, 900), B])
    form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const { status, json } = await post(url, form);
  assert.equal(status, 200);
  assert.deepEqual([json[0].length, json[1].length, json[3].length], [5, 5, 5]);
  for (const [at, clip] of [A, LONG, undefined, B].entries())
    if (clip !== undefined) assertScores(json[at], expected.get(clip)!);
  assert.deepEqual(json[2], {
    error: 'WAV file is truncated: expected 16000 bytes of samples, got 856',
  });
  const list = JSON.stringify({ inputs: [A, B].map((each) => Buffer.from(each).toString('base64')) });
  assert.equal((await post(url, list)).json.length, 2);
  const bad = new FormData();
  for (const bytes of [SHORT, SHORT]) bad.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const refused = await post(url, bad);
  assert.equal(refused.status, 422);
  assert.match(refused.json.error, /^file 1: the clip is too short: .*; file 2: the clip is too short/);
});

test('what cannot be classified is refused with its reason', async () => {
  const many = new FormData();
  for (let i = 0; i < 30; i++) many.append('file', new Blob([A.subarray(0, 100) as Uint8Array<ArrayBuffer>]));
  const fields = new FormData();
  fields.append('top_k', '3');
  const cases: [
    status: number,
    error: RegExp,
    body: Uint8Array | string | FormData,
    type?: string,
    query?: string,
  ][] = [
    [400, /body is empty/, ''],
    [400, /neither an audio file nor JSON/, '{"inputs": "UklGR'],
    [400, /no 'inputs'/, '{}'],
    [400, /'inputs' is not an audio file in base64/, '{"inputs": "http://example.com/a.wav"}'],
    [400, /'inputs' is empty/, '{"inputs": []}'],
    [400, /too many values/, `{"inputs": ${'['.repeat(200_000)}`],
    [400, /too many values/, `{"inputs": "QUJD"${', "a": 1'.repeat(20_000)}}`],
    [400, /'parameters' is not an object/, '{"inputs": "QUJD", "parameters": 3}'],
    [400, /'top_k' is not a whole number/, A, undefined, '?top_k=0'],
    [400, /'function_to_apply' is unknown: expected softmax/, A, undefined, '?function_to_apply=max'],
    [400, /unknown parameter 'topk': did you mean 'top_k'\?/, A, undefined, '?topk=1'],
    [400, /'window_length' is not a number of seconds/, A, undefined, '?window_length=0'],
    [400, /'window_length' is not a number of seconds/, A, undefined, '?window_length=1e-1'],
    [400, /'hop_length' needs 'window_length'/, A, undefined, '?hop_length=1'],
    [400, /'aggregate' is unknown: expected mean_logits/, A, undefined, '?window_length=1&aggregate=min'],
    [413, /too many windows: expected at most 40/, A, undefined, '?window_length=0.1&hop_length=0.01'],
    [413, /at most 8 s together/, A, undefined, '?window_length=0.4&hop_length=0.02'],
    [422, /too short/, A, undefined, '?window_length=0.001&hop_length=0.1'],
    [400, /no boundary/, 'x', 'multipart/form-data'],
    [
      400,
      /damaged, or does not end/,
      '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nRIFF',
      'multipart/form-data; boundary=b',
    ],
    [400, /has no files/, fields],
    [413, /too many files: expected at most 4/, many],
    [413, /too many files/, JSON.stringify({ inputs: Array(5).fill('QUJD') })],
    [413, /body is too large: expected at most 300000 bytes/, new Uint8Array(300_001)],
    [413, /clip is too long: expected at most 2 s/, sound('too long', 32_001)],
    [413, /clip is too long/, flacSilence(20_000)],
    [415, /not audio: starts with 'hello'/, 'hello'],
    [415, /MPEG-4 \(M4A, MP4\) is not supported/, '\0\0\0\x20ftypM4A '],
    [422, /WAV file is truncated/, A.subarray(0, 5000)],
    [422, /too short: expected at least \d+ samples at 16000 Hz, got 3/, SHORT],
    [422, /FLAC file has no STREAMINFO/, 'fLaC'],
    [415, /not audio: starts with bytes/, Uint8Array.from(NOISE)],
  ];
  for (const [status, error, body, type, query = ''] of cases) {
    const answer = await post(url + query, body, type);
    assert.equal(answer.status, status, `${error}: ${JSON.stringify(answer.json)}`);
    assert.match(answer.json.error, error);
    assert.deepEqual(Object.keys(answer.json), ['error']);
  }
  const zipped = await ask(url, { method: 'POST', body: 'x', headers: { 'Content-Encoding': 'gzip' } });
  assert.equal(zipped.status, 415);
});

test('other pages and methods have answers of their own', async () => {
  assert.deepEqual((await ask(`${server.url}/health`)).json, { status: 'ready' });
  const { labels, sampling_rate } = (await ask(server.url)).json;
  assert.deepEqual(labels, server.labels);
  assert.equal(sampling_rate, 16000);
  const unknown = await ask(`${server.url}/nothing/here`);
  assert.equal(unknown.status, 404);
  assert.match(unknown.json.error, /expected \/, \/classify/);
  for (const [path, method, allow] of [
    ['classify', 'GET', 'POST'],
    ['classify', 'DELETE', 'POST'],
    ['health', 'POST', 'GET, HEAD'],
  ]) {
    const answer = await ask(`${server.url}/${path}`, { method });
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, allow]);
  }
  assert.equal((await fetch(`${server.url}/health`, { method: 'HEAD' })).status, 200);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^etude_http_requests_total\{route="\/classify",status="200"\} \d+$/m);
  assert.match(metrics, /^process_cpu_seconds_total /m);
});

test('malformed requests and impatient clients cost nothing', async () => {
  const head = 'POST /classify HTTP/1.1\r\nHost: a\r\n';
  const get = 'GET /health HTTP/1.1\r\nHost: a\r\n';
  for (const [status, bytes] of [
    [400, 'nonsense\r\n\r\n'],
    [400, `${head}Content-Length: -1\r\n\r\n`],
    [400, `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc`],
    [400, `${head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`],
    [400, 'GET /health HTTP/1.1\r\n\r\n'],
    [431, `${get}X: ${'x'.repeat(40_000)}\r\n\r\n`],
    [413, `${head}Content-Length: 99999999\r\nConnection: close\r\n\r\n`],
  ] as const)
    assert.match(await raw(server.url, bytes), new RegExp(`^HTTP/1.1 ${status} `), bytes.slice(0, 99));
  // Two requests at once, the first of which is refused.
  const two = `${head}Content-Length: 2\r\n\r\nno${get}Connection: close\r\n\r\n`;
  assert.match(await raw(server.url, two), /^HTTP\/1.1 415 [\s\S]*HTTP\/1.1 200 /);
  // Some end in the middle of their body, some before their answer.
  const begun = Array.from({ length: 10 }, () => begin(url, A.subarray(0, 3000)));
  const asked = Array.from({ length: 10 }, () => {
    const controller = new AbortController();
    const body = LONG as Uint8Array<ArrayBuffer>;
    const answer = fetch(url, { method: 'POST', body, signal: controller.signal }).catch(() => undefined);
    return { controller, answer };
  });
  await setTimeout(20);
  for (const each of begun) each.destroy();
  for (const { controller } of asked) controller.abort();
  await Promise.all(asked.map(({ answer }) => answer));
  assertScores((await post(url, A)).json, expected.get(A)!);
});

test('options out of their range are refused before anything starts', async () => {
  const wrong = 'is out of range';
  await assert.rejects(serveTiny({ timeout: Number.NaN }), {
    message: `option 'timeout' (--timeout) ${wrong}`,
  });
  await assert.rejects(serveTiny({ batchSize: 0 }), {
    message: `option 'batchSize' (--batch-size) ${wrong}`,
  });
  await assert.rejects(serveTiny({ maxBodySize: 2 ** 31 }), { message: /--max-body-size/ });
  // Node would listen on every address.
  for (const host of ['', ' ', null as never])
    await assert.rejects(serveTiny({ host }), { message: 'no address to listen on' });
});
