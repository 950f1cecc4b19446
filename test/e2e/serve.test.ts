import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { finish, startEtude } from '../support/command-line.js';
import { hashedValues } from '../support/hashed-values.js';
import { writePredictModel } from '../support/predict-models.js';
import { begin, metric, post } from '../support/served-model.js';
import { tempFolder } from '../support/temp-folder.js';
import { pcm16 } from '../support/wav-file.js';

const root = tempFolder('serve');
writePredictModel(root, 'base');
const CLIP = pcm16(hashedValues('clip', 8000, { scale: 0.3 }));
const start = (...args: string[]) => startEtude(['serve', ...args], { cwd: root, env: {} });

test('serve answers until a signal, ends the requests that it has, and exits with 0', async () => {
  const child = start('base', '--port', '0', '--max-body-size', '100kB');
  const ended = finish(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const url = /^listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line.toString())?.[1];
  assert.ok(url !== undefined, line.toString());
  assert.equal((await post(`${url}/classify`, CLIP)).json.length, 5);
  assert.equal((await post(`${url}/classify`, new Uint8Array(100_001))).status, 413);

  const request = begin(`${url}/classify`, CLIP.subarray(0, 100), CLIP.length - 100);
  while ((await metric(url, 'etude_http_requests_in_flight')) === 0);
  // To the group, as a terminal does.
  process.kill(-child.pid!, 'SIGINT');
  while (
    await fetch(url).then(
      () => true,
      () => false,
    )
  );
  const answered = once(request, 'response');
  request.end(CLIP.subarray(100));
  const [response] = await answered;
  assert.equal(response.statusCode, 200);
  response.resume();
  const { code, stderr } = await ended;
  assert.deepEqual([code, stderr], [0, '']);
});

test('a second signal ends it at once', async () => {
  const child = start('base', '--port', '0');
  const ended = finish(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  begin(`${line.toString().trim().split(' ').at(-1)}/classify`, CLIP);
  await post(line.toString().trim().split(' ').at(-1)!, CLIP);
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGTERM'), 200);
  assert.equal((await ended).code, 0);
});

test('what cannot be served is said at once', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const results = await Promise.all(
    [
      ['base', '--port', String(port)],
      ['base', '--host', '203.0.113.1'],
      ['nothing'],
      ['base', '--port', '70000'],
    ].map((args) => finish(start(...args))),
  );
  taken.close();
  assert.deepEqual(
    results.map(({ code }) => code),
    [1, 1, 1, 2],
  );
  assert.match(results[0]!.stderr, new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use`));
  assert.match(results[1]!.stderr, /'203\.0\.113\.1' is not an address of this machine/);
  assert.match(results[2]!.stderr, new RegExp(join('nothing')));
  assert.match(results[3]!.stderr, /Expected a port/);
});
