import { isDevice } from '../../files/file-name.js';
import { type Found, map, text, wholeNumber } from '../../stage/artifact-shape.js';
import { EtudeError } from '../../util/errors.js';
import { checkAugment, checkExtracted } from './foreign-augment.js';

/**
 * Etude writes 16 at most, and stores row numbers as an object if there are more; users' stages can write
 * anything.
 */
const MOST_RANGES = 1000;

/** Characters. Labels and columns of data can be long. */
const LONGEST_NAME = 1000;

/** Nested lists: deeper than in any dataset. */
const DEEPEST = 8;

const DTYPES = new Set(
  'string binary bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64'.split(' '),
);

/**
 * What is required of an artifact that somebody else wrote, before its shape is checked: names that can be
 * shown and stored on every system, column types that exist, and no more of anything than can be checked
 * quickly.
 *
 * @throws EtudeError that names the position
 */
export function checkForeign(artifact: Found): void {
  for (const field of ['features', 'splits', 'metrics'])
    if (artifact[field] !== undefined) checkNames(artifact[field], `artifact.${field}`);
  if (artifact.features !== undefined)
    for (const [name, feature] of Object.entries(map(artifact.features, 'artifact.features')))
      checkFeature(feature, `artifact.features.${name}`);
  if (artifact.splits !== undefined) {
    for (const [name, split] of Object.entries(map(artifact.splits, 'artifact.splits'))) {
      const { ranges } = map(split, `artifact.splits.${name}`);
      if (Array.isArray(ranges) && ranges.length > MOST_RANGES)
        throw wrong(`artifact.splits.${name}.ranges`, `at most ${MOST_RANGES} ranges`, String(ranges.length));
    }
  }
  if (artifact.files !== undefined)
    for (const name of Object.keys(map(artifact.files, 'artifact.files'))) checkFile(name);
}

function checkNames(value: unknown, place: string): void {
  for (const [name, inner] of Object.entries(map(value, place))) {
    if (name.length > LONGEST_NAME || name === '__proto__' || /\p{Cc}/u.test(name))
      throw wrong(place, 'names without control characters', JSON.stringify(name.slice(0, 80)));
    // Metrics are by split, then by metric.
    if (place === 'artifact.metrics' && inner !== null && typeof inner === 'object') checkNames(inner, place);
  }
}

function checkFeature(value: unknown, place: string, depth = 0): void {
  const { _type: type, dtype, names, feature, storage, ...rest } = map(value, place);
  const { states, extracted, augment } = rest;
  switch (type) {
    case 'Value':
      if (DTYPES.has(dtype as string)) return;
      throw wrong(`${place}.dtype`, [...DTYPES].join(', '), String(dtype));
    case 'ClassLabel':
      if (!Array.isArray(names)) throw wrong(`${place}.names`, 'class names', typeof names);
      for (const name of names) text(name, `${place}.names`);
      return;
    case 'Audio':
      if (storage === 'encoded' || storage === 'samples') return;
      throw wrong(`${place}.storage`, 'encoded or samples', String(storage));
    case 'List':
      if (depth === DEEPEST) throw wrong(place, `at most ${DEEPEST} nested lists`, 'more');
      checkFeature(feature, `${place}.feature`, depth + 1);
      if (states !== undefined) checkStates(map(states, `${place}.states`), `${place}.states`);
      if (extracted !== undefined) checkExtracted(map(extracted, `${place}.extracted`), `${place}.extracted`);
      if (augment !== undefined) checkAugment(map(augment, `${place}.augment`), `${place}.augment`);
      return;
    default:
      throw wrong(`${place}._type`, 'Value, ClassLabel, Audio or List', String(type));
  }
}

function checkStates({ frozen, layers, pooling }: Found, place: string): void {
  if (frozen !== undefined && !/^[0-9a-f]{64}$/.test(String(frozen)))
    throw wrong(`${place}.frozen`, 'a SHA-256', String(frozen));
  wholeNumber(layers, `${place}.layers`);
  if (pooling !== 'none' && pooling !== 'mean')
    throw wrong(`${place}.pooling`, 'none or mean', String(pooling));
}

/** Files are written into folders of models and reports under their own names. */
function checkFile(name: string): void {
  const isFit = name
    .split('/')
    .every((part) => Buffer.byteLength(part) <= 255 && !/[. ]$/.test(part) && !isDevice(part));
  if (isFit && name.length <= LONGEST_NAME && !/[\p{Cc}\\:*?"<>|]/u.test(name) && name !== '__proto__')
    return;
  throw wrong('artifact.files', 'names that are valid on every system', JSON.stringify(name.slice(0, 80)));
}

function wrong(place: string, expected: string, got: string): EtudeError {
  return new EtudeError(`wrong value at ${place}`, { expected, got: got.slice(0, 200) });
}
