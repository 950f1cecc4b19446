import { int16Wav } from '../../learning/audio/encode-wav.js';
import { splitName } from '../../learning/data/clip-names.js';
import type { AudioSamples, EncodedAudio } from '../../learning/data/column.js';
import { openDataset } from '../../learning/data/dataset.js';
import { audioBehind, nearestAudio } from '../../pipeline/run/upstream-audio.js';
import type { AudioFeature } from '../../stage/artifact.js';
import type { ClipSource } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import type { StageArtifact } from '../artifact.js';
import { readAudio } from '../read-audio.js';

/** A clip of a row, decoded. */
export interface ClipOfRow {
  /** The split that the row is of. */
  split: string;
  row: number;
  /** Its file, as in the data. */
  path?: string;
  /** Mono, between -1 and 1. */
  samples: Float32Array;
  /** Hz. */
  sampling_rate: number;
  /** The same as a WAV file that every player plays: 16 bits. */
  wav: Uint8Array;
}

/**
 * The clip of a row of what a stage produced: of a dataset, or of the data behind an evaluation.
 *
 * @param split Default: the first one.
 * @throws EtudeError if there is no such row, or no clip in it
 */
export async function clipOfRow(
  { artifact, objects, origin }: StageArtifact,
  row: number,
  split?: string,
): Promise<ClipOfRow> {
  const known = await splitsWithAudio({ artifact, objects, origin });
  if (known.size === 0)
    throw new EtudeError(`no clips can be found behind stage '${origin.stage.id}'`, {
      expected: 'a dataset with audio, or an evaluation whose data is in the cache',
      got: artifact.kind,
    });
  const name = split ?? [...known.keys()][0]!;
  const found = known.get(name);
  if (found === undefined)
    throw new EtudeError(`there are no clips of a split '${name}'`, {
      expected: `one of ${[...known.keys()].join(', ')}`,
    });
  const { source, own } = found;
  const reader = openDataset(source.dataset, objects);
  const value = (await reader.value(own, source.column, row)) as EncodedAudio | AudioSamples | null;
  if (value === null) throw new EtudeError(`row ${row} of '${name}' has no clip`);
  const audio = await readAudio(source.dataset.features[source.column] as AudioFeature, value);
  const wav = int16Wav(audio.samples, audio.sampling_rate);
  return { split: name, row, path: value.path ?? undefined, ...audio, wav };
}

/** Splits by name, with the data that has their clips, and what that calls them. */
async function splitsWithAudio({
  artifact,
  objects,
  origin,
}: StageArtifact): Promise<Map<string, { source: ClipSource; own: string }>> {
  const { stage, stages, artifacts } = origin;
  if (artifact.kind === 'dataset') {
    const column = Object.keys(artifact.features).find((each) => artifact.features[each]!._type === 'Audio');
    const found = column === undefined ? audioBehind(stage.id, stages, (id) => artifacts.get(id)) : undefined;
    const source = column === undefined ? found : { dataset: artifact, column };
    const isSame = (split: string) =>
      source?.dataset.splits[split]?.num_rows === artifact.splits[split]!.num_rows;
    return new Map(
      Object.keys(artifact.splits).flatMap((split) =>
        isSame(split) ? [[split, { source: source!, own: split }]] : [],
      ),
    );
  }
  if (artifact.kind === 'model') return new Map();
  const { readEvaluation } = await import('../../learning/report/evaluation.js');
  const evaluated = await readEvaluation({ stage: stage.id, artifact }, objects);
  const sources = Object.entries(nearestAudio(stage, stages, (id) => artifacts.get(id)));
  return new Map(
    evaluated.flatMap(({ split, numRows }) =>
      sources.flatMap(([input, source]) =>
        Object.entries(source.dataset.splits).flatMap(
          ([own, { num_rows }]): [string, { source: ClipSource; own: string }][] =>
            splitName(input, own) === split && num_rows === numRows ? [[split, { source, own }]] : [],
        ),
      ),
    ),
  );
}
