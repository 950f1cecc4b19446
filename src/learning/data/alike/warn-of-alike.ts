import type { DatasetArtifact, Feature } from '../../../stage/artifact.js';
import type { StageContext } from '../../../stage/stage-type.js';
import { openDataset } from '../dataset.js';
import { mapChunks } from '../map-chunks.js';
import { readPrint, transform } from './clip-prints.js';
import { SoundIndex } from './find-alike.js';

const binary: Feature = { _type: 'Value', dtype: 'binary' };

/**
 * Warns about clips in two splits that are the same recording at another level or rate, or from another codec.
 *
 * @param digests Of each split's clips; those that are equal have been reported.
 */
export async function warnOfAlikeClips(
  context: Omit<StageContext, 'params'>,
  dataset: DatasetArtifact,
  column: string,
  digests: ReadonlyMap<string, readonly unknown[]>,
): Promise<void> {
  const { objects, signal, log } = context;
  const { artifact } = await mapChunks({
    context: { ...context, progress: (progress) => context.progress({ ...progress, phase: 'listening' }) },
    dataset,
    transform,
    params: null,
    inputs: { audio: column },
    outputs: { print: { column: 'print', feature: binary } },
    features: { print: binary },
    unit: 'clips',
  });
  const reader = openDataset(artifact, objects);
  const prints = new Map<string, Uint32Array[]>();
  for (const split of reader.splits) {
    const stored = (await reader.column(split, 'print')) as (Uint8Array | null)[];
    prints.set(
      split,
      stored.map((bytes) => (bytes === null ? new Uint32Array() : readPrint(bytes))),
    );
  }
  for (const [i, earlier] of reader.splits.entries()) {
    const index = new SoundIndex(prints.get(earlier)!);
    const known = new Set(digests.get(earlier));
    for (const later of reader.splits.slice(i + 1)) {
      const alike: [row: number, like: number][] = [];
      for (const [row, print] of prints.get(later)!.entries()) {
        signal.throwIfAborted();
        if (known.has(digests.get(later)![row])) continue;
        const found = index.find(print);
        if (found !== undefined) alike.push([row, found.clip]);
      }
      const [first] = alike;
      if (first === undefined) continue;
      const value = await openDataset(dataset, objects).value(later, column, first[0]);
      const { path } = value as { path: string | null };
      const clips =
        alike.length === 1
          ? `a clip of '${later}' sounds like one of '${earlier}'`
          : `${alike.length} clips of '${later}' sound like clips of '${earlier}'`;
      const where = `row ${first[0]} of ${later} is like row ${first[1]} of ${earlier}`;
      log(
        'warning',
        `${clips}, perhaps the same recording at another level, rate or codec: ${where}${path === null ? '' : ` (${path})`}`,
      );
    }
  }
}
