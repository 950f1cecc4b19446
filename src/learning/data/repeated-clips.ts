import type { DatasetArtifact, Feature } from '../../stage/artifact.js';
import type { StageContext } from '../../stage/stage-type.js';
import { warnOfAlikeClips } from './alike/warn-of-alike.js';
import { transform } from './clip-digests.js';
import { openDataset } from './dataset.js';
import { mapChunks } from './map-chunks.js';
import { CLIP_COLUMN, contentOf, hasWindows } from './windows/window-columns.js';

const string: Feature = { _type: 'Value', dtype: 'string' };

/**
 * Warns about clips that are in two splits, by content, then by sound: a model that was trained on them scores
 * too well on them. Each chunk's digests are stored, so that another split of the same clips reads none of them
 * again.
 */
export async function warnOfRepeatedClips(
  context: Omit<StageContext, 'params'>,
  dataset: DatasetArtifact,
): Promise<void> {
  const splits = Object.keys(dataset.splits);
  if (splits.length < 2) return;
  if (hasWindows(dataset.features)) await warnOfSharedClips(context, dataset);
  for (const [column, feature] of Object.entries(dataset.features)) {
    if (feature._type !== 'Audio') continue;
    const { artifact } = await mapChunks({
      context: { ...context, progress: (progress) => context.progress({ ...progress, phase: 'comparing' }) },
      dataset,
      transform,
      params: null,
      inputs: { audio: column },
      outputs: { digest: { column: 'digest', feature: string } },
      features: { digest: string },
      unit: 'clips',
    });
    const reader = openDataset(artifact, context.objects);
    const rows = new Map<string, Map<string, number>>();
    const digests = new Map<string, unknown[]>();
    for (const split of splits) {
      digests.set(split, await reader.column(split, 'digest'));
      rows.set(split, firstRows(digests.get(split)!));
    }
    for (const [i, later] of splits.entries()) {
      for (const earlier of splits.slice(0, i)) {
        const repeated = [...rows.get(later)!].filter(([digest]) => rows.get(earlier)!.has(digest));
        const first = repeated[0];
        if (first === undefined) continue;
        const value = await openDataset(dataset, context.objects).value(later, column, first[1]);
        const path = (value as { path: string | null }).path;
        const where = `row ${first[1]} of ${later} is row ${rows.get(earlier)!.get(first[0])} of ${earlier}`;
        context.log(
          'warning',
          `${repeatedText(repeated.length, later, earlier)}: ${where}${path === null ? '' : ` (${path})`}`,
        );
      }
    }
    await warnOfAlikeClips(context, dataset, column, digests);
  }
}

/** Warns about clips with windows in two splits: these sound alike, though none may equal another. */
async function warnOfSharedClips(
  { objects, log }: Pick<StageContext, 'objects' | 'log'>,
  dataset: DatasetArtifact,
): Promise<void> {
  const reader = openDataset(dataset, objects);
  const clips = new Map<string, Set<string>>();
  for (const split of reader.splits) {
    const names = (await reader.column(split, CLIP_COLUMN)) as (string | null)[];
    clips.set(split, new Set(names.flatMap((name) => (name === null ? [] : contentOf(name)))));
  }
  for (const [i, later] of reader.splits.entries()) {
    for (const earlier of reader.splits.slice(0, i)) {
      const shared = [...clips.get(later)!].filter((clip) => clips.get(earlier)!.has(clip)).length;
      if (shared === 0) continue;
      const which = shared === 1 ? 'windows of a clip are' : `windows of ${shared} clips are`;
      const advice = `split before window, or with group_by_column: ${CLIP_COLUMN}`;
      log('warning', `${which} in '${later}' and in '${earlier}': ${advice}`);
    }
  }
}

/** The first row with each content. */
function firstRows(digests: readonly unknown[]): Map<string, number> {
  const rows = new Map<string, number>();
  digests.forEach((digest, row) => {
    if (typeof digest === 'string' && !rows.has(digest)) rows.set(digest, row);
  });
  return rows;
}

function repeatedText(clips: number, later: string, earlier: string): string {
  return clips === 1
    ? `a clip of '${later}' is also in '${earlier}'`
    : `${clips} clips of '${later}' are also in '${earlier}'`;
}
