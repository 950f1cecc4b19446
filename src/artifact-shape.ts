import type { Artifact, ArtifactKind, ObjectRef } from './artifact.js';
import { EtudeError } from './errors.js';

export type Found = Record<string, unknown>;
type Check = (value: unknown, place: string) => void;

/** Checks that a value is an artifact of a kind, before anything is done with it. Throws an EtudeError that names the place. */
export function checkArtifact(value: unknown, kind: ArtifactKind): asserts value is Artifact {
  const artifact = map(value, 'artifact');
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
  dataset({ features, chunks, splits }) {
    each(features, 'artifact.features', (feature, place) =>
      text(map(feature, place)._type, `${place}._type`),
    );
    list(chunks, 'artifact.chunks', (chunk, place) => {
      wholeNumber(map(chunk, place).rows, `${place}.rows`);
      each((chunk as Found).columns, `${place}.columns`, objectRef);
    });
    each(splits, 'artifact.splits', (split, place) => {
      const { num_rows, ranges, indices } = map(split, place);
      wholeNumber(num_rows, `${place}.num_rows`);
      if (ranges === undefined) objectRef(indices, `${place}.indices`);
      else list(ranges, `${place}.ranges`, (range, at) => list(range, at, wholeNumber));
    });
  },
};

function eachFile(files: unknown): void {
  each(files, 'artifact.files', objectRef);
  for (const name of Object.keys(files as Found)) {
    if (!isInside(name)) wrong('artifact.files', 'names of files inside the folder', name);
  }
}

/** Whether a file's name stays in the folder that it is relative to, on any system. */
export function isInside(name: string): boolean {
  return !/[\\:\0]/.test(name) && name.split('/').every((part) => !['', '.', '..'].includes(part));
}

function objectRef(value: unknown, place: string): asserts value is ObjectRef {
  const { digest, size } = map(value, place);
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) {
    wrong(`${place}.digest`, 'an object of the store, as objects.put gives it', digest);
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
  if (!Number.isSafeInteger(value) || (value as number) < 0) wrong(place, 'a whole number from 0', value);
}

function wrong(place: string, expected: string, got: unknown): never {
  const shown = typeof got === 'string' ? `'${got}'` : typeof got === 'object' ? kindOf(got) : String(got);
  throw new EtudeError(`the stage type gave a wrong result: ${place}`, {
    expected,
    got: shown,
    hint: 'This is a defect of the stage type, not of the recipe.',
  });
}

function kindOf(value: object | null): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? `a list of ${value.length}` : 'a map';
}
