/**
 * What Etude uses of `apache-arrow`. By `require`, because its hundred modules load in two thirds of the time
 * that `import` takes, in each process that reads or writes a dataset.
 */
import { createRequire } from 'node:module';
import type * as types from 'apache-arrow';

export type { Data, DataType } from 'apache-arrow';

const require = createRequire(import.meta.url);
const before = new Set(Object.keys(globalThis));
const arrow = require('apache-arrow') as typeof types;
// A package that it requires, tslib, puts thirty functions there, too.
for (const name of Object.keys(globalThis)) if (!before.has(name)) Reflect.deleteProperty(globalThis, name);

export const {
  AsyncByteQueue,
  Binary,
  Bool,
  Field,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  List,
  makeData,
  RecordBatch,
  RecordBatchFileReader,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  util,
} = arrow;
export type Schema = types.Schema;
