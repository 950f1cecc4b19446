import { clipNamesOf } from '../learning/data/clip-names.js';
import { changesText, comparePredictions } from '../pipeline/diff/compare-predictions.js';
import type { Difference } from '../pipeline/diff/difference.js';
import type { Side } from '../pipeline/diff/side.js';
import { nearestAudio } from '../pipeline/run/upstream-audio.js';
import { findBuiltIn } from '../stage/find-stage-type.js';
import type { Objects } from '../stage/stage-type.js';

/** The most clips that are listed in each direction. */
const LISTED = 100;

interface Opened {
  side: Side;
  cache: { objects: Objects };
}

/**
 * For each evaluation that both sides have results of: which clips changed, and whether that is more than
 * chance.
 */
export async function diffPredictions(before: Opened, after: Opened): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const [stage, { artifact: now }] of after.side.stages) {
    const old = before.side.stages.get(stage)?.artifact;
    if (old?.kind !== 'report' || now?.kind !== 'report') continue;
    const nameOf = await clipNames(stage, after);
    for (const [file, ref] of Object.entries(now.files)) {
      const earlier = Object.hasOwn(old.files, file) ? old.files[file] : undefined;
      if (earlier === undefined || earlier.digest === ref.digest) continue;
      const changes = comparePredictions(
        await before.cache.objects.read(earlier),
        await after.cache.objects.read(ref),
      );
      if (changes === undefined) continue;
      const own = { stage, kind: 'prediction' as const };
      if (typeof changes === 'string') {
        found.push({ ...own, field: file.replace(/\.json$/, ''), text: changes });
        continue;
      }
      const { split, num_rows, lost, won, otherwise, p } = changes;
      if (lost.length + won.length + otherwise === 0) continue;
      const named = async (clips: typeof lost) => {
        const listed: typeof lost = [];
        for (const { row, ...rest } of clips.slice(0, LISTED))
          listed.push({ row, file: await nameOf(split, row, num_rows), ...rest });
        return listed;
      };
      const counts = { lost: lost.length, won: won.length, otherwise, num_rows, p };
      const clips = { ...counts, first: { lost: await named(lost), won: await named(won) } };
      found.push({ ...own, field: split, text: changesText(changes), clips });
    }
  }
  return found;
}

/** Names of the clips that a stage's rows come from, as far as only stages of Etude's own are between. */
async function clipNames(id: string, { side, cache }: Opened) {
  const stages = [];
  for (const [id, { from, uses }] of side.stages) {
    const { keepsRows, chunkwise, joinsChunks } = (await findBuiltIn(uses))?.type ?? {};
    stages.push({ id, from, type: { keepsRows, chunkwise, joinsChunks } });
  }
  const stage = stages.find((each) => each.id === id)!;
  return clipNamesOf(
    nearestAudio(stage, stages, (each) => side.stages.get(each)?.artifact),
    cache.objects,
  );
}
