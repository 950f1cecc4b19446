import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { type ByteSource, bytesInMemory, bytesOfFile } from '../../../src/learning/model/byte-source.js';
import { openPickle } from '../../../src/learning/model/pickle/open-pickle.js';
import { zipEntries } from '../../../src/learning/model/pickle/zip-entries.js';
import { parseSafetensors } from '../../../src/learning/model/safetensors.js';
import { EtudeError } from '../../../src/util/errors.js';
import { fixtures } from '../../support/reference-model.js';
import { type ZipPart, zipOf } from '../../support/zip-file.js';

const folder = join(fixtures, 'pickles');
const expectedFile = join(folder, 'expected.safetensors');
const expected = parseSafetensors(bytesOfFile(expectedFile), expectedFile);

for (const name of ['zip.bin', 'legacy.bin']) {
  test(`${name}: tensors of every kind are what PyTorch says they are`, () => {
    const opened = openPickle(bytesOfFile(join(folder, name)), name);
    const others = ['bytes', 'flags', 'steps'];
    assert.deepEqual(opened.names.toSorted(), [...expected.entries.keys(), ...others].sort());
    for (const tensor of expected.entries.keys()) {
      assert.deepEqual(opened.shape(tensor), expected.read(tensor).shape, tensor);
      assert.deepEqual(opened.read(tensor), expected.read(tensor), tensor);
    }
    for (const tensor of others) assert.throws(() => opened.read(tensor), /unsupported type/);
  });
}

test('tensors that share memory in the file get separate memory', () => {
  const opened = openPickle(bytesOfFile(join(folder, 'zip.bin')), 'zip.bin');
  opened.read('plain').data.fill(7);
  opened.read('row').data.fill(7);
  assert.deepEqual(opened.read('transposed'), expected.read('transposed'));
});

describe('a pickle that wants to run something is refused, and runs nothing', () => {
  const messages: Record<string, RegExp> = {
    'os-system.bin': /'posix\.system'/,
    'eval.bin': /'__builtin__\.eval'/,
    'nested.bin': /'__builtin__\.getattr'/,
    'in-ordered-dict.bin': /'posix\.remove'/,
    'torch-load.bin': /'torch\.serialization\.load'/,
    'legacy.bin': /'posix\.system'/,
    'protocol-4.bin': /'posix\.system'/,
    'inst.bin': /opcode that no checkpoint needs/,
    'bomb.bin': /not a dict of tensors/,
    'long-text.bin': /truncated/,
  };
  const evil = readdirSync(join(folder, 'evil'));
  assert.deepEqual(evil.toSorted(), Object.keys(messages).sort());
  for (const name of evil) {
    it(name, () => {
      const path = join(folder, 'evil', name);
      assert.throws(
        () => openPickle(bytesOfFile(path), path),
        (error) =>
          error instanceof EtudeError && messages[name]!.test(error.message) && error.where?.file === path,
      );
      assert.ok(!existsSync('etude-was-executed'));
    });
  }
});

const honest = readFileSync(join(folder, 'zip.bin'));

/** An archive of a state dict, whose only tensor is described by these parts in pickle's own language. */
function archive(
  description: { size?: number; offset?: number; shape?: number; stride?: number },
  key = '0',
): ZipPart[] {
  const { size = 4, offset = 0, shape = 4, stride = 1 } = description;
  const int = (value: number) => {
    const bytes = Buffer.alloc(10, 0);
    bytes[0] = 0x8a; // LONG1
    bytes[1] = 8;
    bytes.writeBigInt64LE(BigInt(value), 2);
    return bytes;
  };
  const text = (value: string) => Buffer.from([0x8c, value.length, ...Buffer.from(value)]);
  const pickle = Buffer.concat([
    Buffer.from('\x80\x02}', 'latin1'),
    text('weight'),
    Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n(('),
    text('storage'),
    Buffer.from('ctorch\nFloatStorage\n'),
    text(key),
    text('cpu'),
    int(size),
    Buffer.from('tQ'),
    int(offset),
    int(shape),
    Buffer.from('\x85', 'latin1'),
    int(stride),
    Buffer.from('\x85\x89', 'latin1'),
    Buffer.from('ccollections\nOrderedDict\n)RtRs.'),
  ]);
  return [
    { name: 'model/data.pkl', data: pickle },
    { name: 'model/data/0', data: Buffer.from(Float32Array.of(1, 2, 3, 4).buffer) },
  ];
}
const open = (bytes: Uint8Array) => openPickle(bytesInMemory(bytes), 'model.bin');

for (const zip64 of [false, true]) {
  test(`an archive ${zip64 ? 'with fields of 64 bits' : 'without them'} is read`, () => {
    assert.deepEqual(open(zipOf(archive({}), { zip64 })).read('weight').data, Float32Array.of(1, 2, 3, 4));
    const part = { offset: 1, shape: 2, stride: 2 };
    assert.deepEqual(open(zipOf(archive(part), { zip64 })).read('weight').data, Float32Array.of(2, 4));
  });
}

const [pickle, storage] = archive({}) as [ZipPart, ZipPart];
const wrong: [why: string, bytes: Uint8Array, message: RegExp][] = [
  ['an empty file', Buffer.alloc(0), /not a PyTorch checkpoint/],
  ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS pointer/],
  [
    'a tar archive',
    Buffer.concat([Buffer.alloc(257), Buffer.from('ustar'), Buffer.alloc(200)]),
    /tar archive/,
  ],
  ['a truncated archive', honest.subarray(0, honest.length - 30), /no directory/],
  ['an archive without its start', honest.subarray(1000), /not a PyTorch checkpoint/],
  ['another archive', zipOf([storage]), /not a PyTorch checkpoint/],
  [
    'a TorchScript program',
    zipOf([pickle, storage, { name: 'model/constants.pkl', data: Buffer.alloc(0) }]),
    /TorchScript/,
  ],
  ['a compressed entry', zipOf([pickle, { ...storage, method: 8 }]), /is compressed/],
  ['an encrypted entry', zipOf([pickle, { ...storage, flags: 1 }]), /is encrypted/],
  ['two entries of one name', zipOf([pickle, storage, storage]), /two entries/],
  ['an entry of 2^60 bytes', zipOf([pickle, { ...storage, size: 2 ** 60 }]), /is outside the file/],
  ['an entry at byte 2^60', zipOf([pickle, { ...storage, offset: 2 ** 60 }]), /is outside the file/],
  ['an entry that overlaps another', zipOf([pickle, { ...storage, offset: 0 }]), /overlaps/],
  [
    'an entry with .. in its name',
    zipOf([pickle, storage, { ...storage, name: '../../evil' }]),
    /points outside/,
  ],
  [
    'an entry with an absolute name',
    zipOf([pickle, storage, { ...storage, name: '/etc/passwd' }]),
    /points outside/,
  ],
  [
    'big-endian numbers',
    zipOf([pickle, storage, { name: 'model/byteorder', data: Buffer.from('big') }]),
    /byte order/,
  ],
  ['a storage that is not there', zipOf([pickle]), /storage '0' is missing/],
  ['a storage whose key is a path', zipOf(archive({}, '../../x')), /is missing/],
  ['a storage of 2^50 numbers', zipOf(archive({ size: 2 ** 50, shape: 2 ** 50 })), /another size/],
  ['a storage of fewer than no numbers', zipOf(archive({ size: -4 })), /in an unsupported way/],
  [
    'a tensor of 2^50 numbers, all the same one',
    zipOf(archive({ shape: 2 ** 50, stride: 0 })),
    /larger than its storage/,
  ],
  ['a tensor beyond the end of its storage', zipOf(archive({ offset: 1 })), /larger than its storage/],
  ['a tensor before the start of its storage', zipOf(archive({ offset: -1 })), /without a valid offset/],
  ['a tensor with a negative stride', zipOf(archive({ offset: 3, stride: -1 })), /without a valid offset/],
  ['a step too far', zipOf([{ ...pickle, data: Buffer.alloc(2 ** 20 + 1, '(') }, storage]), /far too long/],
];
for (const [why, bytes, message] of wrong) {
  test(`${why} is refused`, () => {
    assert.throws(
      () => open(bytes),
      (error) =>
        error instanceof EtudeError && message.test(error.message) && error.where?.file === 'model.bin',
    );
  });
}

test('a pickle cannot change the shape of a tensor after it was checked', () => {
  const [{ data }, storage] = archive({}) as [ZipPart, ZipPart];
  // After the tensor: take its shape out of the memo again, and append to it.
  const at = Buffer.from(data).indexOf(0x85) + 1;
  const changed = Buffer.concat([
    data.subarray(0, at),
    Buffer.from('q\x09'),
    data.subarray(at, data.length - 1),
    Buffer.from('h\x09K\x7fa0.'),
  ]);
  const opened = open(zipOf([{ name: 'model/data.pkl', data: changed }, storage]));
  assert.deepEqual(opened.shape('weight'), [4]);
});

test('no more is read than the file contains, however large its parts claim to be', () => {
  for (const [, bytes] of wrong) {
    let most = 0;
    const source: ByteSource = {
      size: bytes.length,
      read(begin, end) {
        assert.ok(begin >= 0 && begin <= end && end <= bytes.length, `${begin} to ${end} of ${bytes.length}`);
        most = Math.max(most, end - begin);
        return bytes.subarray(begin, end);
      },
    };
    assert.throws(() => openPickle(source, 'model.bin'), EtudeError);
    assert.ok(most <= bytes.length);
  }
});

test('a damaged checkpoint is either readable or an EtudeError', () => {
  const read = (bytes: Uint8Array) => {
    try {
      const opened = open(bytes);
      for (const name of opened.names)
        if (name !== 'steps' && name !== 'flags' && name !== 'bytes') opened.read(name);
    } catch (error) {
      assert.ok(error instanceof EtudeError, String((error as Error).stack));
    }
  };
  for (const whole of [honest, readFileSync(join(folder, 'legacy.bin')), zipOf(archive({}))]) {
    for (let length = 0; length < whole.length; length += 7) read(whole.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const broken = Buffer.from(whole);
        broken[at] = value;
        read(broken);
      }),
      { numRuns: 800 },
    );
  }
  // The pickle itself, most of whose bytes are instructions.
  const { begin, end } = zipEntries(bytesInMemory(honest), 'zip.bin').get('zip/data.pkl')!;
  fc.assert(
    fc.property(fc.integer({ min: begin, max: end - 1 }), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const broken = Buffer.from(honest);
      broken[at] = value;
      read(broken);
    }),
    { numRuns: 1500 },
  );
});
