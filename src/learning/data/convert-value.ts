import { FileInPieces } from '../../files/file-in-pieces.js';
import type { Feature } from '../../stage/artifact.js';
import { EtudeError, type Where } from '../../util/errors.js';
import { count } from '../../util/words.js';
import type { EncodedAudio } from './column.js';
import type { LargeAudio } from './encode-large.js';
import { describeFeature, isRecord } from './features.js';

/**
 * Converts a value as a reader found it (BigInt, class names, typed arrays) to the conventions of
 * `encodeColumn`, or throws an EtudeError that names the column, the file and the row: a label outside the
 * classes or missing, a number where text or audio should be.
 *
 * @param written The value's text, if the file is text.
 */
export function fitValue(
  feature: Feature,
  value: unknown,
  column: string,
  where: Where,
  written?: string,
): unknown {
  if (feature._type === 'ClassLabel') return fitLabel(feature.names, value, column, where, written);
  if (feature._type === 'Audio') return fitAudio(value, column, where);
  if (value === null || value === undefined) return null;
  const unfit = () =>
    new EtudeError(`column '${column}' has a value of another type`, {
      expected: describeFeature(feature),
      got: show(value),
      where,
    });
  if (feature._type === 'List') {
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) throw unfit();
    // Samples are many: an array of the right type is passed on as it is.
    const isFloat32 = feature.feature._type === 'Value' && feature.feature.dtype === 'float32';
    if (isFloat32 && feature.length === undefined && value instanceof Float32Array) return value;
    const list = Array.isArray(value) ? value : Array.from(value as unknown as ArrayLike<unknown>);
    if (feature.length !== undefined && feature.length !== list.length) throw unfit();
    return list.map((item) => fitValue(feature.feature, item, column, where));
  }
  switch (feature.dtype) {
    case 'string':
      if (typeof value === 'string') return value;
      if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
      throw unfit();
    case 'binary':
      if (value instanceof Uint8Array) return value;
      throw unfit();
    case 'bool':
      if (typeof value === 'boolean') return value;
      throw unfit();
    case 'float16':
    case 'float32':
    case 'float64':
      if (typeof value === 'number') return value;
      if (typeof value === 'bigint') return Number(value);
      throw unfit();
    default: {
      const number = typeof value === 'bigint' ? Number(value) : value;
      if (!Number.isSafeInteger(number)) throw unfit();
      return number;
    }
  }
}

function fitLabel(
  names: readonly string[],
  value: unknown,
  column: string,
  where: Where,
  written = '',
): number {
  if (value === null || value === undefined || Number.isNaN(value))
    throw noLabel(names, column, where, value, written);
  const label = typeof value === 'string' ? names.indexOf(value) : Number(value);
  if (Number.isInteger(label) && label >= 0 && label < names.length) return label;
  throw new EtudeError(`a label outside the classes in column '${column}'`, {
    expected: typeof value === 'string' ? oneOf(names) : `0 to ${names.length - 1}`,
    got: show(value),
    where,
    hint:
      label === -1
        ? 'Hugging Face writes -1 for unlabelled rows: leave out their split (parameter split).'
        : undefined,
  });
}

/**
 * The error of a row without a label.
 *
 * @param written The text there, in a text file.
 */
export function noLabel(
  names: readonly string[],
  column: string,
  where: Where,
  value: unknown,
  written = '',
): EtudeError {
  return new EtudeError(`no label in column '${column}'`, {
    expected: oneOf(names),
    got:
      written !== ''
        ? `${show(written)}, which is read as missing, as in pandas`
        : value === undefined
          ? 'nothing'
          : show(value),
    where,
    hint: written === '' ? undefined : 'JSON Lines (metadata.jsonl) can have a class of that name.',
  });
}

function oneOf(names: readonly string[]): string {
  return `one of ${names.length} classes: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
}

/** Bytes that are missing or not audio are kept: decoding the clips reports all bad ones. */
function fitAudio(value: unknown, column: string, where: Where): EncodedAudio | LargeAudio {
  const audio: Record<string, unknown> =
    isRecord(value) && !(value instanceof Uint8Array) ? value : { bytes: value };
  const bytes = audio.bytes ?? null;
  if (bytes !== null && !(bytes instanceof Uint8Array) && !(bytes instanceof FileInPieces)) {
    throw new EtudeError(`no audio in column '${column}'`, {
      expected: "an audio file's bytes",
      got: show(bytes),
      where,
    });
  }
  const path = typeof audio.path === 'string' ? audio.path : null;
  return bytes instanceof FileInPieces ? { bytes, path } : { bytes, path };
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return count(value.byteLength, 'byte');
  const text =
    typeof value === 'string'
      ? `'${value}'`
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
