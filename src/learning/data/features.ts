import type { Feature, Features, ValueType } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';

/** What Arrow and Hugging Face call the types of values, and what Etude calls them. */
export const dtypes: Record<string, ValueType> = {
  string: 'string',
  large_string: 'string',
  binary: 'binary',
  large_binary: 'binary',
  bool: 'bool',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  float16: 'float16',
  float32: 'float32',
  float64: 'float64',
};

/**
 * Features from their JSON in Hugging Face datasets (`info.features` of the `huggingface` metadata, versions
 * 1 to 5). Audio is `encoded`. A type that Etude does not have is an EtudeError naming the column and `file`.
 * Only `columns`, if given, are looked at.
 */
export function featuresFromJson(json: unknown, file?: string, columns?: readonly string[]): Features {
  if (!isRecord(json)) {
    throw new EtudeError('the features are not a map of columns', {
      expected: 'Hugging Face features',
      where: { file },
    });
  }
  const names = Object.keys(json).filter((name) => columns === undefined || columns.includes(name));
  return Object.fromEntries(
    names.map((name) => {
      checkColumnName(name, file);
      return [name, fromJson(json[name], (got) => unsupported(name, got, file))];
    }),
  );
}

function fromJson(json: unknown, refuse: (got: string) => EtudeError): Feature {
  // Versions before 2.0 wrote a list as a list of one feature.
  if (Array.isArray(json) && json.length === 1) return { _type: 'List', feature: fromJson(json[0], refuse) };
  if (!isRecord(json)) throw refuse(JSON.stringify(json));
  switch (json._type) {
    case 'Value': {
      const dtype =
        typeof json.dtype === 'string' && Object.hasOwn(dtypes, json.dtype) ? dtypes[json.dtype] : undefined;
      if (dtype === undefined) throw refuse(`Value(${String(json.dtype)})`);
      return { _type: 'Value', dtype };
    }
    case 'ClassLabel': {
      const names = json.names ?? Array.from({ length: Number(json.num_classes ?? 0) }, (_, i) => String(i));
      if (!Array.isArray(names) || names.length === 0) throw refuse('ClassLabel without names');
      return { _type: 'ClassLabel', names: names.map(String) };
    }
    case 'Audio': {
      const rate = json.sampling_rate;
      return {
        _type: 'Audio',
        ...(typeof rate === 'number' ? { sampling_rate: rate } : {}),
        storage: 'encoded',
      };
    }
    case 'List':
    case 'LargeList':
    case 'Sequence': {
      // A Sequence of a map is a map of lists, which Etude has no type for.
      const feature = fromJson(json.feature, refuse);
      const length = json.length;
      return { _type: 'List', feature, ...(typeof length === 'number' && length >= 0 ? { length } : {}) };
    }
    default:
      throw refuse(typeof json._type === 'string' ? json._type : `{${Object.keys(json).join(', ')}}`);
  }
}

/** Features as JSON of Hugging Face datasets 4 and 5, default-valued fields left out. */
export function featuresToJson(features: Features): Record<string, unknown> {
  return Object.fromEntries(Object.entries(features).map(([name, feature]) => [name, toJson(feature)]));
}

function toJson(feature: Feature): Record<string, unknown> {
  switch (feature._type) {
    case 'Value':
      return { dtype: feature.dtype, _type: 'Value' };
    case 'ClassLabel':
      return { names: feature.names, _type: 'ClassLabel' };
    case 'Audio':
      return {
        ...(feature.sampling_rate === undefined ? {} : { sampling_rate: feature.sampling_rate }),
        _type: 'Audio',
      };
    case 'List':
      return {
        feature: toJson(feature.feature),
        ...(feature.length === undefined ? {} : { length: feature.length }),
        _type: 'List',
      };
  }
}

/** A feature in a few words, for messages: `string`, `ClassLabel(14)`, `Audio`, `List(float32)`. */
export function describeFeature(feature: Feature): string {
  switch (feature._type) {
    case 'Value':
      return feature.dtype;
    case 'ClassLabel':
      return `ClassLabel(${feature.names.length})`;
    case 'Audio':
      return feature.sampling_rate === undefined ? 'Audio' : `Audio(${feature.sampling_rate} Hz)`;
    case 'List':
      return `List(${describeFeature(feature.feature)})${feature.augment ? ', augmented' : ''}`;
  }
}

/**
 * Whether something can have this name. `__proto__` is not an ordinary key of an object, neither here nor for
 * other readers of our JSON.
 */
export function isName(name: string): boolean {
  return name !== '' && name !== '__proto__';
}

/** Refuses names that cannot be a column. */
export function checkColumnName(name: string, file?: string): void {
  if (!isName(name)) throw new EtudeError(`a column cannot be named '${name}'`, { where: { file } });
}

/** The error for a column whose type Etude does not have. */
export function unsupported(column: string, got: string, file?: string): EtudeError {
  return new EtudeError(`column '${column}' has a type that is not supported`, {
    expected: 'Value of strings, bytes, bool or numbers, ClassLabel, Audio, or a list of these',
    got,
    where: { file },
    hint: "Leave it out with the load stage's 'columns' parameter.",
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
