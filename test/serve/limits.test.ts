import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { HeldBytes } from '../../src/serve/http/read-body.js';
import { createRoutes } from '../../src/serve/http/routes.js';
import { Metrics } from '../../src/serve/metrics.js';
import { serverSetting } from '../../src/serve/options.js';
import { ask, begin, metric, post } from '../support/served-model.js';

/** Computes nothing until it is told to. */
const held: { resolve(logits: Float32Array): void; signal: AbortSignal }[] = [];
const model = {
  model: { labels: ['a', 'b'], activation: 'softmax' as const, samplingRate: 16000 },
  get clips() {
    return held.filter(({ signal }) => !signal.aborted).length;
  },
  logits: (_: Uint8Array, signal: AbortSignal) =>
    new Promise<Float32Array>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      held.push({ resolve, signal });
    }),
};
const warnings: string[] = [];
let isStopping = false;
let server: Server;
let url: string;
before(async () => {
  const setting = serverSetting({ timeout: 0.4, maxQueue: 2, maxBodySize: 1000 });
  const metrics = new Metrics({ isReady: () => true, clips: () => model.clips });
  const routes = createRoutes({
    setting,
    model,
    metrics,
    held: new HeldBytes(setting.maxBodySize),
    isStopping: () => isStopping,
    version: '1',
    warn: (text) => warnings.push(text),
  });
  const handle = getRequestListener(routes.fetch as never, { overrideGlobalObjects: false });
  server = createServer(handle).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  assert.equal(await metric(url, 'etude_http_requests_in_flight'), 0);
  assert.deepEqual(warnings, []);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(5);
}

test('what is not computed in time is answered with 504, and nobody waits for it any more', async () => {
  const { status, json } = await post(`${url}/classify`, 'clip');
  assert.equal(status, 504);
  assert.deepEqual(json, { error: 'not computed within 0.4 s' });
  assert.equal(held.at(-1)!.signal.aborted, true);
});

test('more clips than may wait are refused at once; others are answered', async () => {
  const asked = [post(`${url}/classify`, 'one'), post(`${url}/classify`, 'two')];
  await until(() => model.clips === 2);
  const { status, headers, json } = await post(`${url}/classify`, 'three');
  assert.deepEqual([status, headers.get('retry-after')], [503, '1']);
  assert.deepEqual(json, { error: 'too many clips are waiting' });
  assert.equal((await ask(`${url}/health`)).status, 200);
  assert.equal(await metric(url, 'etude_queue_clips'), 2);
  for (const { resolve } of held) resolve(Float32Array.of(0, 0));
  for (const { json } of await Promise.all(asked))
    assert.deepEqual(json, [
      { label: 'a', score: 0.5 },
      { label: 'b', score: 0.5 },
    ]);
  // As many as may wait are refused together if there is room for some of them only.
  held.splice(0);
  const inputs = ['QUJD', 'QUJD', 'QUJD'];
  assert.equal((await post(`${url}/classify`, JSON.stringify({ inputs }))).status, 503);
  assert.equal(held.length, 0);
});

test('a body that does not end is answered with 408, and takes no room meanwhile', async () => {
  const slow = begin(`${url}/classify`, Buffer.from('RI'), 5);
  const answer = new Promise<[number?, string?]>((resolve) =>
    slow.once('response', (response) => {
      response.resume();
      resolve([response.statusCode, response.headers.connection]);
    }),
  );
  await setTimeout(50);
  assert.equal(model.clips, 0);
  assert.deepEqual(await answer, [408, 'close']);
});

test('a request that nobody waits for is dropped', async () => {
  held.splice(0);
  const controller = new AbortController();
  const asked = fetch(`${url}/classify`, { method: 'POST', body: 'x', signal: controller.signal });
  await until(() => held.length === 1);
  controller.abort();
  await assert.rejects(asked);
  await until(() => held[0]!.signal.aborted);
  assert.match(await (await fetch(`${url}/metrics`)).text(), /route="\/classify",status="499"/);
});

test('while it stops, requests that it has are answered, and others refused', async () => {
  held.splice(0);
  const asked = post(`${url}/classify`, 'one');
  await until(() => held.length === 1);
  isStopping = true;
  assert.deepEqual((await ask(`${url}/health`)).json, { status: 'stopping' });
  assert.deepEqual((await post(`${url}/classify`, 'two')).json, { error: 'the server is stopping' });
  held[0]!.resolve(Float32Array.of(0, 1));
  const { status, headers } = await asked;
  assert.deepEqual([status, headers.get('connection')], [200, 'close']);
  isStopping = false;
});
