import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ByteSource } from '../../../src/learning/model/byte-source.js';
import { formatSafetensors, parseSafetensors } from '../../../src/learning/model/safetensors.js';
import { EtudeError } from '../../../src/util/errors.js';
import { fixtures } from '../../support/reference-model.js';

const path = join(fixtures, 'group-norm', 'model.safetensors');
const bytes = readFileSync(path);

function file(header: unknown, data: Uint8Array): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

test('what Python wrote is read, and written back byte for byte', () => {
  const parsed = parseSafetensors(bytes, path);
  const tensors = Object.fromEntries([...parsed.entries.keys()].map((name) => [name, parsed.read(name)]));
  assert.deepEqual(tensors['projector.bias']!.shape, [8]);
  assert.deepEqual(Buffer.concat(formatSafetensors(tensors)), bytes);
});

test('float16 and bfloat16 become float32', () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x8000, 0x7bff, 0x7c00, 0x03ff, 0x3555);
  const brains = Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x7f80);
  const parsed = parseSafetensors(
    file(
      {
        half: { dtype: 'F16', shape: [2, 4], data_offsets: [0, 16] },
        brain: { dtype: 'BF16', shape: [4], data_offsets: [16, 24] },
      },
      Buffer.concat([Buffer.from(halves.buffer), Buffer.from(brains.buffer)]),
    ),
    'file',
  );
  const expected = [1, -2, 2 ** -24, -0, 65504, Number.POSITIVE_INFINITY, 1023 * 2 ** -24, 0.333251953125];
  assert.deepEqual([...parsed.read('half').data], expected);
  assert.deepEqual([...parsed.read('brain').data], [1, -2, 2 ** -133, Number.POSITIVE_INFINITY]);
});

test('tensors get their own memory, whatever their position in the file', () => {
  // A header of odd length puts the floats at an odd offset.
  const odd = file(
    `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]} }`,
    Buffer.from(Float32Array.of(1.5).buffer),
  );
  const parsed = parseSafetensors(odd, 'file');
  const { data } = parsed.read('a');
  data[0] = 3;
  assert.equal(parsed.read('a').data[0], 1.5);
});

const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
const wrong: [why: string, bytes: Uint8Array, message: RegExp][] = [
  ['an empty file', Buffer.alloc(0), /too short/],
  ['a header longer than the file', Buffer.from([255, 0, 0, 0, 0, 0, 0, 0, 123]), /truncated/],
  ['a huge header', Buffer.alloc(8, 0xff), /too large/],
  ['a header that is not JSON', file('{"a":', Buffer.alloc(0)), /not JSON/],
  ['a header that is a list', file([], Buffer.alloc(0)), /not an object/],
  ['an unknown type', file({ a: { ...entry, dtype: 'F31' } }, Buffer.alloc(4)), /unknown type/],
  ['a negative size', file({ a: { ...entry, shape: [-1] } }, Buffer.alloc(4)), /not a list of sizes/],
  [
    'offsets that do not fit the shape',
    file({ a: { ...entry, shape: [2] } }, Buffer.alloc(4)),
    /needs 8 bytes/,
  ],
  ['overlapping tensors', file({ a: entry, b: entry }, Buffer.alloc(4)), /does not start where/],
  ['a hole', file({ a: { ...entry, data_offsets: [4, 8] } }, Buffer.alloc(8)), /does not start where/],
  [
    'a tensor outside the file',
    file({ a: { ...entry, data_offsets: [2 ** 40, 2 ** 40 + 4] } }, Buffer.alloc(4)),
    /does not start where/,
  ],
  [
    'a tensor of 2^40 numbers',
    file({ a: { ...entry, shape: [2 ** 40], data_offsets: [0, 2 ** 42] } }, Buffer.alloc(4)),
    /differs from what its header says/,
  ],
  [
    'a tensor of 2^60 bytes',
    file({ a: { ...entry, shape: [2 ** 58], data_offsets: [0, 2 ** 60] } }, Buffer.alloc(4)),
    /not a list of sizes/,
  ],
  [
    'sizes whose product is beyond all numbers',
    file({ a: { ...entry, shape: new Array(40).fill(2 ** 40), data_offsets: [0, 4] } }, Buffer.alloc(4)),
    /data_offsets give 4/,
  ],
  [
    'a tensor that begins within another',
    file(
      { a: { ...entry, shape: [2], data_offsets: [0, 8] }, b: { ...entry, data_offsets: [4, 8] } },
      Buffer.alloc(8),
    ),
    /does not start where/,
  ],
  ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS pointer/],
  ['a header of 2^60 bytes', Buffer.from([0, 0, 0, 0, 0, 0, 0, 16, 123, 125]), /too large/],
  ['data that is cut short', file({ a: entry }, Buffer.alloc(3)), /differs from what its header says/],
  ['data that goes on', file({ a: entry }, Buffer.alloc(5)), /differs from what its header says/],
];
for (const [why, content, message] of wrong) {
  test(`${why} is refused`, () => {
    assert.throws(
      () => parseSafetensors(content, 'some.safetensors'),
      (error) =>
        error instanceof EtudeError &&
        message.test(error.message) &&
        error.where?.file === 'some.safetensors',
    );
  });
}

test('a type that does not contain floats is refused when read', () => {
  const parsed = parseSafetensors(file({ a: { ...entry, dtype: 'I32' } }, Buffer.alloc(4)), 'file');
  assert.throws(() => parsed.read('a'), /unsupported type/);
});

test('no byte outside the file is requested, whatever the header says', () => {
  for (const [, content] of wrong) {
    const source: ByteSource = {
      size: content.length,
      read(begin, end) {
        assert.ok(begin >= 0 && begin <= end && end <= content.length, `${begin} to ${end}`);
        return content.subarray(begin, end);
      },
    };
    assert.throws(() => parseSafetensors(source, 'file'), EtudeError);
  }
});

test('a damaged file is either readable or an EtudeError', () => {
  const small = Buffer.concat(
    formatSafetensors({
      a: { shape: [2, 2], data: new Float32Array(4) },
      b: { shape: [], data: new Float32Array(1) },
    }),
  );
  const read = (content: Uint8Array) => {
    try {
      const parsed = parseSafetensors(content, 'file');
      for (const name of parsed.entries.keys()) parsed.read(name);
    } catch (error) {
      assert.ok(error instanceof EtudeError, String(error));
    }
  };
  for (let length = 0; length < small.length; length += 1) read(small.subarray(0, length));
  fc.assert(
    fc.property(fc.nat(small.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const damaged = Buffer.from(small);
      damaged[at] = value;
      read(damaged);
    }),
    { numRuns: 2000 },
  );
});
