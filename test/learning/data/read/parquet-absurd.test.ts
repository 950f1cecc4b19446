import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type FileMetaData, parquetMetadata, parquetSchema } from 'hyparquet';
import { ByteWriter, parquetWriteBuffer } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { openParquet } from '../../../../src/learning/data/read/parquet.js';
import { EtudeError } from '../../../../src/util/errors.js';
import { addFiles, folderOf } from '../../../support/audio-files.js';
import { failureOf } from '../../../support/load.js';

const file = () =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'n', data: [1, 2, 3, 4], type: 'INT32' },
        { name: 'text', data: ['a', 'b', 'c', 'dddddddddddddddddddddddddddddddd'], type: 'STRING' },
      ],
      codec: 'UNCOMPRESSED',
    }),
  );

/** The file with another footer. */
function withFooter(bytes: Uint8Array, change: (metadata: FileMetaData) => void): Uint8Array {
  const metadata = parquetMetadata(bytes.slice().buffer);
  const footer = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true);
  change(metadata);
  const writer = new ByteWriter();
  writeMetadata(writer, metadata);
  const end = Buffer.alloc(8, 'PAR1');
  const written = new Uint8Array(writer.getBuffer());
  // The writer may put the length after the footer itself.
  const ends = Buffer.from(written.subarray(-4)).toString('latin1') === 'PAR1';
  const length = Buffer.from(written.subarray(-4)).readUInt32LE();
  const body = length === written.length - 4 ? written.subarray(0, -4) : written;
  end.writeUInt32LE(body.length);
  assert.ok(!ends);
  return Buffer.concat([bytes.subarray(0, bytes.length - 8 - footer), body, end]);
}

const absurd: Record<string, (metadata: FileMetaData) => void> = {
  '2^40 rows': (metadata) => {
    metadata.num_rows = metadata.row_groups[0]!.num_rows = 2n ** 40n;
  },
  '2^40 rows and values': (metadata) => {
    metadata.num_rows = metadata.row_groups[0]!.num_rows = 2n ** 40n;
    for (const { meta_data } of metadata.row_groups[0]!.columns) meta_data!.num_values = 2n ** 40n;
  },
  'more rows in all than in the row groups': (metadata) => {
    metadata.num_rows = 2n ** 62n;
  },
  'a negative number of rows': (metadata) => {
    metadata.num_rows = metadata.row_groups[0]!.num_rows = -4n;
  },
  'a row group of less than nothing beside one of more': (metadata) => {
    const group = metadata.row_groups[0]!;
    metadata.row_groups.push({ ...group, num_rows: 2n ** 40n }, { ...group, num_rows: -(2n ** 40n) });
  },
  'columns of 2^60 bytes': (metadata) => {
    for (const { meta_data } of metadata.row_groups[0]!.columns) meta_data!.total_compressed_size = 2n ** 60n;
  },
  'a column before the file': (metadata) => {
    metadata.row_groups[0]!.columns[0]!.meta_data!.data_page_offset = -(2n ** 40n);
  },
  'a column behind the file': (metadata) => {
    metadata.row_groups[0]!.columns[0]!.meta_data!.data_page_offset = 2n ** 40n;
  },
  'a column of less than nothing': (metadata) => {
    metadata.row_groups[0]!.columns[0]!.meta_data!.total_compressed_size = -5n;
  },
  'data in another file': (metadata) => {
    metadata.row_groups[0]!.columns[0]!.file_path = '/etc/passwd';
  },
};

for (const [what, change] of Object.entries(absurd)) {
  test(`${what}: refused, naming the file`, async (t) => {
    const dir = folderOf(t, { 'x.parquet': withFooter(file(), change) });
    assert.match(
      await failureOf(dir, { path: 'x.parquet' }),
      /^x\.parquet(?: row 0)?: a Parquet file is corrupt/,
    );
  });
}

test('a footer whose stated length exceeds the file is refused', async (t) => {
  const bytes = Buffer.from(file());
  for (const length of [2 ** 32 - 1, bytes.length, 0]) {
    bytes.writeUInt32LE(length, bytes.length - 8);
    const dir = folderOf(t, { 'x.parquet': bytes });
    assert.match(await failureOf(dir, { path: 'x.parquet' }), /^x\.parquet: a Parquet file is corrupt/);
  }
});

test('numbers of any size anywhere in a page or in the footer are refused or harmless', async (t) => {
  const minds = readFileSync(new URL('../../../fixtures/parquet/minds.parquet', import.meta.url));
  const dir = folderOf(t, {});
  const read = async (bytes: Uint8Array) => {
    addFiles(dir, { 'x.parquet': bytes });
    const table = await openParquet({ name: 'x', path: `${dir}/x.parquet`, shown: 'x' });
    for await (const { values } of table.rows(0, table.num_rows)) assert.ok(values);
  };
  let refused = 0;
  for (const [whole, step] of [
    [Buffer.from(file()), 3],
    [minds, 83],
  ] as const) {
    for (let at = 4; at < whole.length - 8; at += step) {
      const bytes = Buffer.from(whole);
      // A varint of 2^31 - 1 takes five bytes.
      bytes.set([0xfe, 0xff, 0xff, 0xff, 0x0f].slice(0, whole.length - 8 - at), at);
      await read(bytes).catch((error) => {
        assert.ok(error instanceof EtudeError, `byte ${at}: ${(error as Error).stack}`);
        refused++;
      });
    }
  }
  assert.ok(refused > 100, `${refused}`);
});

test('a schema that breaks code that walks it is refused, naming the file', async (t) => {
  const bytes = Buffer.from(file());
  // The root's name, then its number of children: one field further on, a zigzag varint.
  const at = bytes.lastIndexOf('root') + 4;
  assert.deepEqual([...bytes.subarray(at, at + 2)], [0x15, 2 * 2]);
  for (const children of [3, 7, 63]) {
    bytes[at + 1] = 2 * children;
    assert.throws(() => parquetSchema(parquetMetadata(Uint8Array.from(bytes).buffer)), TypeError);
    const dir = folderOf(t, { 'x.parquet': bytes });
    const said = await failureOf(dir, { path: 'x.parquet' });
    assert.match(said, /^x\.parquet: a Parquet file is corrupt/, `${children} children`);
  }
});
