import type { Place } from '../../stage/stage-type.js';
import { checkStage } from './check-stages.js';
import type { Cell } from './matrix-grid.js';
import type { CellDrafts } from './merge-cells.js';
import { orderStages } from './order-stages.js';
import { References } from './references.js';
import type { RecipeSource } from './source-positions.js';
import type { StageDraft } from './stage-draft.js';
import type { ValidParts } from './valid-parts.js';
import { wireStages } from './wiring.js';

/**
 * The stages of each cell: checked, connected, each after its inputs. What is the same in all cells is done
 * once: connections, the order, and the check of stages that read nothing of the matrix (`reads`).
 */
export async function draftCells(
  parts: ValidParts,
  cells: readonly Cell[],
  reads: ReadonlyMap<string, ReadonlySet<string>>,
  source: RecipeSource,
  place: Place,
): Promise<CellDrafts[]> {
  const { params, stages, wrong } = parts;
  const draft = async (
    id: string,
    references: References,
    { inputs, wired }: Pick<StageDraft, 'inputs' | 'wired'>,
  ) => {
    const stage = stages[id]!;
    const uses = typeof stage.uses === 'string' ? stage.uses : undefined;
    const fresh: StageDraft = { id, written: id, uses, from: stage.from, references, inputs, wired };
    await checkStage(fresh, wrong.has(`${id}.with`) ? undefined : (stage.with ?? {}), source, place);
    return fresh;
  };
  const [cell = {}, ...others] = cells;
  const first = new Map<string, StageDraft>();
  const references = new References({ ...params, ...cell }, source);
  for (const id of Object.keys(stages))
    first.set(id, await draft(id, references, { inputs: {}, wired: !wrong.has(`${id}.from`) }));
  wireStages(first, source);
  const order = orderStages(first, source);

  const drafted: CellDrafts[] = [{ cell, stages: order }];
  for (const cell of others) {
    const references = new References({ ...params, ...cell }, source);
    const own = new Map<string, StageDraft>();
    for (const [id, known] of first)
      own.set(id, (reads.get(id)?.size ?? 0) === 0 ? known : await draft(id, references, known));
    drafted.push({ cell, stages: order.map(({ id }) => own.get(id)!) });
  }
  return drafted;
}
