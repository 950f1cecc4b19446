import type { DatasetArtifact } from '../../stage/artifact.js';
import type { StageContext } from '../../stage/stage-type.js';
import { SoundIndex } from './alike/find-alike.js';
import { identifyClips, readPrint } from './alike/identify-clips.js';
import { openDataset } from './dataset.js';
import { CLIP_COLUMN, contentOf, hasWindows } from './windows/window-columns.js';

/** A row of the later of two splits, and the row of the earlier one that it is like. */
type Pair = [row: number, like: number];

/** What each split's rows are compared by. */
interface Compared {
  digests: readonly (string | null)[];
  prints: readonly Uint32Array[];
}

/**
 * Warns about clips that are in two splits, by content, then by sound (the same recording at another level or
 * rate, or from another codec): a model that was trained on them scores too well on them.
 */
export async function warnOfRepeatedClips(
  context: Omit<StageContext, 'params'>,
  dataset: DatasetArtifact,
): Promise<void> {
  if (Object.keys(dataset.splits).length < 2) return;
  const { objects, signal, log } = context;
  if (hasWindows(dataset.features)) await warnOfSharedClips(context, dataset);
  for (const [column, feature] of Object.entries(dataset.features)) {
    if (feature._type !== 'Audio') continue;
    const reader = await identifyClips(context, dataset, column);
    const compared = new Map<string, Compared>();
    for (const split of reader.splits) {
      const prints = (await reader.column(split, 'print')) as (Uint8Array | null)[];
      const digests = (await reader.column(split, 'digest')) as (string | null)[];
      compared.set(split, { digests, prints: prints.map(readPrint) });
    }
    const warn = async (pairs: readonly Pair[], [later, earlier]: [string, string], equal: boolean) => {
      const [first] = pairs;
      if (first === undefined) return;
      const clips = openDataset(dataset, objects);
      const named = async (split: string, row: number) => {
        const { path } = (await clips.value(split, column, row)) as { path: string | null };
        return `row ${row} of ${split}${path === null ? '' : ` (${path})`}`;
      };
      const what = (equal ? repeatedText : alikeText)(pairs.length, later, earlier);
      const [row, like] = [await named(later, first[0]), await named(earlier, first[1])];
      log('warning', `${what}: ${row} is ${equal ? '' : 'like '}${like}`);
    };
    const splits = [...compared.keys()];
    for (const [i, earlier] of splits.entries()) {
      const rows = firstRows(compared.get(earlier)!.digests);
      const index = new SoundIndex(compared.get(earlier)!.prints);
      for (const later of splits.slice(i + 1)) {
        signal.throwIfAborted();
        const { digests, prints } = compared.get(later)!;
        const repeated: Pair[] = [...firstRows(digests)].flatMap(([digest, row]) =>
          rows.has(digest) ? [[row, rows.get(digest)!]] : [],
        );
        await warn(repeated, [later, earlier], true);
        const alike = prints.flatMap((print, row): Pair[] => {
          // Those that are equal have been reported.
          if (rows.has(digests[row]!)) return [];
          const found = index.find(print);
          return found === undefined ? [] : [[row, found.clip]];
        });
        await warn(alike, [later, earlier], false);
      }
    }
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
  for (const [i, earlier] of reader.splits.entries()) {
    for (const later of reader.splits.slice(i + 1)) {
      const shared = [...clips.get(later)!].filter((clip) => clips.get(earlier)!.has(clip)).length;
      if (shared === 0) continue;
      const which = shared === 1 ? 'windows of a clip are' : `windows of ${shared} clips are`;
      const advice = `split before window, or with group_by_column: ${CLIP_COLUMN}`;
      log('warning', `${which} in '${later}' and in '${earlier}': ${advice}`);
    }
  }
}

/** The first row with each content. */
function firstRows(digests: readonly (string | null)[]): Map<string, number> {
  const rows = new Map<string, number>();
  digests.forEach((digest, row) => {
    if (digest !== null && !rows.has(digest)) rows.set(digest, row);
  });
  return rows;
}

function repeatedText(clips: number, later: string, earlier: string): string {
  return clips === 1
    ? `a clip of '${later}' is also in '${earlier}'`
    : `${clips} clips of '${later}' are also in '${earlier}'`;
}

function alikeText(clips: number, later: string, earlier: string): string {
  const which =
    clips === 1
      ? `a clip of '${later}' sounds like one of '${earlier}'`
      : `${clips} clips of '${later}' sound like clips of '${earlier}'`;
  return `${which}, perhaps the same recording at another level, rate or codec`;
}
