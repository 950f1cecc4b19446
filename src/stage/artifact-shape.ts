import { EtudeError } from '../util/errors.js';
import { count } from '../util/words.js';
import type { Artifact, ArtifactKind, ObjectRef } from './artifact.js';

export type Found = Record<string, unknown>;
type Check = (value: unknown, place: string) => void;

/** Row numbers are uint32. */
const MOST_ROWS = 2 ** 32 - 1;

/**
 * A split may contain every row this many times: reading a split visits its rows, however few bytes list
 * them.
 */
const MOST_REPEATS = 16;

/**
 * Checks that a value is an artifact of a kind, and one whose reading costs no more than its objects' bytes
 * justify, before anything is done with it: artifacts are made by users' stages, and by people who share
 * them.
 *
 * @throws EtudeError that names the position
 */
export function checkArtifact(value: unknown, kind: ArtifactKind): asserts value is Artifact {
  const artifact = map(value, 'artifact');
  if (!Object.hasOwn(shapes, kind)) wrong('artifact.kind', `one of ${Object.keys(shapes).join(', ')}`, kind);
  if (artifact.kind !== kind) wrong('artifact.kind', `'${kind}', the stage type's output`, artifact.kind);
  shapes[kind](artifact);
}

const shapes: Record<ArtifactKind, (artifact: Found) => void> = {
  report({ metrics, files }) {
    each(metrics, 'artifact.metrics', (split, place) => each(split, place, finite));
    eachFile(files);
  },
  model({ files, labels, num_parameters, metrics }) {
    eachFile(files);
    list(labels, 'artifact.labels', text);
    wholeNumber(num_parameters, 'artifact.num_parameters');
    each(metrics, 'artifact.metrics', finite);
  },
  dataset({ features, chunks, splits, skipped }) {
    each(features, 'artifact.features', (feature, place) => {
      const { _type, augment } = map(feature, place);
      text(_type, `${place}._type`);
      optional(augment, `${place}.augment`, (value, at) => {
        optional(map(value, at).noises, `${at}.noises`, noises);
      });
    });
    const columns = new Set(Object.keys(features as Found));
    let rows = 0;
    list(chunks, 'artifact.chunks', (chunk, place) => {
      rows += rowsOfChunk(chunk, place, columns);
      if (rows > MOST_ROWS) wrong(place, `${MOST_ROWS} rows at most in all chunks`, rows);
    });
    each(splits, 'artifact.splits', (split, place) => checkSplit(map(split, place), place, rows));
    optional(skipped, 'artifact.skipped', skippedRows);
  },
};

/** A dataset of recordings that `augment` adds to clips: decoded, and nothing else. */
function noises(value: unknown, place: string): void {
  const dataset = map(value, place);
  const { audio, ...others } = map(dataset.features, `${place}.features`);
  const { _type, storage, augment } = map(audio, `${place}.features.audio`);
  if (_type !== 'Audio' || storage !== 'samples' || augment !== undefined || Object.keys(others).length > 0)
    wrong(`${place}.features`, "only 'audio', decoded", dataset.features);
  shapes.dataset(dataset);
}

/** A chunk has each column once, and no more rows than fit into the bytes of its columns. */
function rowsOfChunk(chunk: unknown, place: string, columns: ReadonlySet<string>): number {
  const { rows, columns: refs } = map(chunk, place);
  wholeNumber(rows, `${place}.rows`);
  each(refs, `${place}.columns`, (ref, at) => {
    objectRef(ref, at);
    // A boolean takes one bit.
    if ((rows as number) > ref.size * 8)
      wrong(at, `an object of at least ${count(rows as number, 'bit')}`, count(ref.size, 'byte'));
  });
  const names = Object.keys(refs as Found);
  if (names.length !== columns.size || names.some((name) => !columns.has(name)))
    wrong(
      `${place}.columns`,
      `the columns of artifact.features (${[...columns].join(', ')})`,
      names.join(', '),
    );
  return rows as number;
}

function checkSplit({ num_rows, ranges, indices }: Found, place: string, rows: number): void {
  wholeNumber(num_rows, `${place}.num_rows`);
  if (ranges === undefined) {
    objectRef(indices, `${place}.indices`);
    if (indices.size !== (num_rows as number) * 4)
      wrong(`${place}.indices.size`, `${(num_rows as number) * 4}, 4 bytes per row`, indices.size);
    return;
  }
  let selected = 0;
  list(ranges, `${place}.ranges`, (range, at) => {
    list(range, at, wholeNumber);
    const [start, end] = range as number[];
    if ((range as number[]).length !== 2 || start! > end! || end! > rows)
      wrong(
        at,
        `[start, end] with start <= end <= ${rows}, the number of rows`,
        JSON.stringify(range).slice(0, 80),
      );
    selected += end! - start!;
  });
  if (selected !== num_rows) wrong(`${place}.num_rows`, `${selected}, the rows of its ranges`, num_rows);
  if (selected > rows * MOST_REPEATS)
    wrong(
      `${place}.ranges`,
      `rows repeated ${MOST_REPEATS} times at most; indices may repeat more`,
      selected,
    );
}

function skippedRows(value: unknown, place: string): void {
  const { rows, first } = map(value, place);
  wholeNumber(rows, `${place}.rows`);
  list(first, `${place}.first`, (item, at) => {
    const { split, row, file, reason } = map(item, at);
    text(split, `${at}.split`);
    wholeNumber(row, `${at}.row`);
    optional(file, `${at}.file`, text);
    text(reason, `${at}.reason`);
  });
}

/** Objects by name. */
export function eachObject(objects: unknown, place: string): void {
  each(objects, place, objectRef);
}

/** Objects by file name. */
export function eachFile(files: unknown, place = 'artifact.files'): void {
  eachObject(files, place);
  for (const name of Object.keys(files as Found)) {
    if (!isInside(name)) wrong(place, 'names of files inside the folder', name);
  }
}

/** Whether a file's name stays in the folder that it is relative to, on any system. */
export function isInside(name: string): boolean {
  return !/[\\:\0]/.test(name) && name.split('/').every((part) => !['', '.', '..'].includes(part));
}

function objectRef(value: unknown, place: string): asserts value is ObjectRef {
  const { digest, size } = map(value, place);
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) {
    wrong(`${place}.digest`, 'an object of the store, as returned by objects.put', digest);
  }
  wholeNumber(size, `${place}.size`);
}

export function map(value: unknown, place: string): Found {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) wrong(place, 'a map', value);
  return value as Found;
}

function each(value: unknown, place: string, check: Check): void {
  for (const [key, item] of Object.entries(map(value, place))) check(item, `${place}.${key}`);
}

function list(value: unknown, place: string, check: Check): void {
  if (!Array.isArray(value)) wrong(place, 'a list', value);
  for (const [index, item] of (value as unknown[]).entries()) check(item, `${place}[${index}]`);
}

export function optional(value: unknown, place: string, check: Check): void {
  if (value !== undefined) check(value, place);
}

export function text(value: unknown, place: string): void {
  if (typeof value !== 'string') wrong(place, 'text', value);
}

function finite(value: unknown, place: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) wrong(place, 'a finite number', value);
}

export function wholeNumber(value: unknown, place: string): void {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    wrong(place, 'a whole number of at least 0', value);
}

function wrong(place: string, expected: string, got: unknown): never {
  const shown = typeof got === 'string' ? `'${got}'` : typeof got === 'object' ? kindOf(got) : String(got);
  throw new EtudeError(place, { expected, got: shown });
}

function kindOf(value: object | null): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? `a list of ${value.length}` : 'a map';
}
