import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { onlyText, writeBytes } from '../../src/terminal/output.js';

test("a file's bytes reach a pipe as they are, though text there loses its escape codes; never a terminal", async () => {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream & PassThrough;
  onlyText(stream);
  const bytes = Uint8Array.of(0x52, 0x1b, 0x5b, 0x32, 0x4a, 0xff, 0, 0x0a);
  stream.write('\u001b[2Jtext');
  await writeBytes(stream, bytes);
  assert.deepEqual(stream.read(), Buffer.concat([Buffer.from('text'), bytes]));
  stream.isTTY = true;
  await assert.rejects(writeBytes(stream, bytes), /not written to a terminal/);
  assert.equal(stream.read(), null);
});
