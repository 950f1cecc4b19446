import type { Feature, Features } from '../../../stage/artifact.js';
import { encodeWav } from '../../audio/encode-wav.js';
import { type Data, type DataType, Field, FixedSizeList, List, makeData } from '../arrow.js';
import { arrowType } from '../arrow-type.js';
import type { AudioSamples, EncodedAudio } from '../column.js';
import { encodeData, offsets, validity } from '../column-encode.js';

/** The features of a dataset that is saved for others: audio is always a file's bytes there. */
export function savedFeatures(features: Features): Features {
  return Object.fromEntries(
    Object.entries(features).map(([name, feature]) => [
      name,
      feature._type === 'Audio' ? { ...feature, storage: 'encoded' } : feature,
    ]),
  );
}

/**
 * The Arrow type that Hugging Face datasets stores a saved feature in: Etude's own, except that lists of a
 * fixed length have their own type.
 */
export function savedType(feature: Feature): DataType {
  if (feature._type !== 'List') return arrowType(feature);
  const item = new Field('item', savedType(feature.feature), true);
  return feature.length === undefined ? new List(item) : new FixedSizeList(feature.length, item);
}

/** Values of a saved feature, which `savedValue` gives, as Arrow data of its `savedType`. */
export function savedData(feature: Feature, values: readonly unknown[]): Data {
  if (feature._type !== 'List' || !hasFixedLength(feature)) return encodeData(feature, values);
  const common = { type: savedType(feature), length: values.length, ...validity(values) };
  const { length } = feature;
  const lists = values.map((value) => Array.from((value ?? []) as ArrayLike<unknown>));
  if (length === undefined) {
    const child = savedData(feature.feature, lists.flat());
    return makeData({ ...common, valueOffsets: offsets(lists.map((list) => list.length)), child } as never);
  }
  const filled = lists.map((list) => Array.from({ length }, (_, i) => list[i] ?? null));
  return makeData({ ...common, child: savedData(feature.feature, filled.flat()) } as never);
}

function hasFixedLength(feature: Feature): boolean {
  return feature._type === 'List' && (feature.length !== undefined || hasFixedLength(feature.feature));
}

/**
 * A value as it is saved: audio with the base name of its path, as Hugging Face datasets embeds it, and
 * decoded samples as a WAV file that contains them exactly. No audio is null.
 */
export function savedValue(feature: Feature, value: unknown): unknown {
  if (feature._type !== 'Audio' || value === null) return value;
  const { path } = value as EncodedAudio | AudioSamples;
  const content =
    feature.storage === 'encoded' ? (value as EncodedAudio).bytes : (value as AudioSamples).array;
  if (content === null && path === null) return null;
  const name = path?.split(/[\\/]/).at(-1) ?? null;
  if (feature.storage === 'encoded' || content === null) return { bytes: content, path: name };
  const bytes = encodeWav(content as Float32Array, feature.sampling_rate!);
  return { bytes, path: name === null ? null : `${name.replace(/\.\w+$/, '')}.wav` };
}

/** The approximate number of bytes that a value takes. */
export function sizeOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value === 'string') return value.length;
  if (value === null || typeof value !== 'object') return 8;
  if (Array.isArray(value) && typeof value[0] === 'number') return 8 * value.length;
  return Object.values(value).reduce<number>((sum, item) => sum + sizeOf(item), 4);
}
