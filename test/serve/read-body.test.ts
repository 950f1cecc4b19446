import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { HeldBytes, readBody } from '../../src/serve/http/read-body.js';

const { signal } = new AbortController();
const incoming = (headers: Record<string, string> = {}) =>
  Object.assign(new PassThrough(), { headers }) as unknown as PassThrough & IncomingMessage;

test('bodies take limited memory together, until they are no longer needed', async () => {
  const held = new HeldBytes(100);
  const limits = { maxBodySize: 100, held, signal };
  const begun = Array.from({ length: 16 }, () => incoming());
  const reading = begun.map((body) => readBody(body, limits));
  for (const body of begun) body.write(Buffer.alloc(99));
  const last = incoming();
  last.end(Buffer.alloc(20));
  await assert.rejects(readBody(last, limits), {
    status: 503,
    message: 'too many requests are being received',
  });
  begun[0]!.destroy();
  await assert.rejects(reading[0]!, { status: 499 });
  begun[1]!.end();
  assert.equal((await reading[1]!).length, 99);
  held.release(99);
  const next = incoming();
  next.end(Buffer.alloc(100));
  assert.equal((await readBody(next, limits)).length, 100);
});

test('a body is refused once it is too large, whatever its head says', async () => {
  const held = new HeldBytes(10);
  const body = incoming({ 'content-length': '3' });
  const reading = readBody(body, { maxBodySize: 10, held, signal });
  body.write(Buffer.alloc(11));
  await assert.rejects(reading, { status: 413 });
  held.add(160);
  assert.throws(() => held.add(1));
});
