import type { Feature, ValueType } from '../../stage/artifact.js';
import {
  Binary,
  Bool,
  type DataType,
  Field,
  Float16,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  Struct,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from './arrow.js';

const valueTypes: Record<ValueType, () => DataType> = {
  string: () => new Utf8(),
  binary: () => new Binary(),
  bool: () => new Bool(),
  int8: () => new Int8(),
  int16: () => new Int16(),
  int32: () => new Int32(),
  int64: () => new Int64(),
  uint8: () => new Uint8(),
  uint16: () => new Uint16(),
  uint32: () => new Uint32(),
  uint64: () => new Uint64(),
  float16: () => new Float16(),
  float32: () => new Float32(),
  float64: () => new Float64(),
};

/** The Arrow type in which values of a feature are stored; every level is nullable. */
export function arrowType(feature: Feature): DataType {
  switch (feature._type) {
    case 'Value':
      return valueTypes[feature.dtype]();
    case 'ClassLabel':
      return new Int64();
    case 'List':
      return new List(new Field('item', arrowType(feature.feature), true));
    case 'Audio':
      return new Struct([
        feature.storage === 'encoded'
          ? new Field('bytes', new Binary(), true)
          : new Field('array', new List(new Field('item', new Float32(), true)), true),
        new Field('path', new Utf8(), true),
      ]);
  }
}
