import { type ArtifactKind, type Chunk, type ObjectRef, objectsOf } from '../../../stage/artifact.js';
import {
  checkArtifact,
  eachFile,
  eachObject,
  type Found,
  map,
  optional,
  text,
  wholeNumber,
} from '../../../stage/artifact-shape.js';
import { canonicalJson } from '../../../util/canonical-json.js';
import { EtudeError } from '../../../util/errors.js';
import { checkForeign } from '../../cache/foreign-artifact.js';
import type { TaskResult } from '../task-file.js';

const KINDS: readonly string[] = ['dataset', 'model', 'report'] satisfies ArtifactKind[];

/** What is on a remote is not the result of a job. */
export class BadResult extends EtudeError {}

/**
 * The result of a job as it is on a remote, where others may write, too: of the shape of one, and no more.
 *
 * @throws BadResult for anything else
 */
export function foreignResult(json: string): TaskResult {
  try {
    return checked(map(JSON.parse(json), 'the result'));
  } catch (error) {
    throw new BadResult(
      `the store has no valid result of the job: ${error instanceof Error ? error.message : ''}`,
    );
  }
}

function checked(result: Found): TaskResult {
  const output = map(result.output, 'output');
  if (result.format !== 1 || typeof result.seconds !== 'number' || typeof result.host !== 'string')
    throw new EtudeError('it has another format');
  if (output.type === 'success') {
    const artifact = map(output.artifact, 'artifact');
    if (typeof artifact.kind !== 'string' || !KINDS.includes(artifact.kind)) throw new EtudeError('bad kind');
    checkForeign(artifact);
    checkArtifact(output.artifact, artifact.kind as ArtifactKind);
    canonicalJson(output.artifact);
    optional(output.rowsComputed, 'rowsComputed', wholeNumber);
    optional(output.summary, 'summary', text);
    optional(output.kept, 'kept', (value) => eachFile(value));
    optional(output.chunks, 'chunks', eachChunk);
    optional(output.warnings, 'warnings', listOfTexts);
  } else if (output.type === 'failed') {
    text(output.message, 'message');
    optional(output.stack, 'stack', text);
    output.options = textsOf(output.options ?? {});
  } else if (output.type === 'changed') listOfTexts(output.names, 'names');
  else if (output.type !== 'aborted') throw new EtudeError('bad type');
  return result as unknown as TaskResult;
}

/**
 * The objects of a result: its artifact's, those that it kept for longer computations, and a shard's chunks.
 */
export function objectsIn({ output }: TaskResult): ObjectRef[] {
  if (output.type !== 'success') return [];
  const { artifact, kept = {}, chunks = {} } = output;
  return [...objectsOf(artifact), ...Object.values(kept), ...objectsInChunks(chunks)];
}

/** The objects of chunks by key. */
export function objectsInChunks(chunks: Readonly<Record<string, Chunk>>): ObjectRef[] {
  return Object.values(chunks).flatMap(({ columns }) => Object.values(columns));
}

function eachChunk(value: unknown, place: string): void {
  for (const [key, chunk] of Object.entries(map(value, place))) {
    const { rows, columns } = map(chunk, `${place}.${key}`);
    wholeNumber(rows, `${place}.${key}.rows`);
    eachObject(columns, `${place}.${key}.columns`);
  }
}

function listOfTexts(value: unknown, place: string): void {
  if (!Array.isArray(value)) throw new EtudeError('not a list', { got: place });
  for (const [i, each] of value.entries()) text(each, `${place}[${i}]`);
}

/** The texts of an error's options; a position in a file is one of another machine. */
function textsOf(value: unknown): Record<string, string> {
  const texts = Object.entries(map(value, 'options')).filter(
    (each): each is [string, string] =>
      ['expected', 'got', 'hint'].includes(each[0]) && typeof each[1] === 'string',
  );
  return Object.fromEntries(texts);
}
