import { lookUp } from '../../util/look-up.js';
import type { Cell, Grid } from './matrix-grid.js';
import type { StageDraft } from './stage-draft.js';
import { type VariantName, variantNames } from './variant-names.js';

/**
 * A cell of the matrix with its stages, each after its inputs. The stages and their connections are the same
 * in all cells.
 */
export interface CellDrafts {
  cell: Cell;
  stages: readonly StageDraft[];
}

export interface MergedCells {
  /** Stages of all cells, equal ones once, in running order. */
  stages: StageDraft[];
  /** For each cell, stage id in the recipe -> id in the pipeline. */
  ids: Record<string, string>[];
}

/**
 * One graph of the cells' pipelines. A stage whose parameters and inputs are the same in several cells exists
 * once; one that is the same in all keeps its id, any other gets the values of the matrix that it depends on:
 * `model[learning_rate=0.001,seed=1]`.
 */
export function mergeCells(
  cells: readonly CellDrafts[],
  grid: Grid,
  reads: ReadonlyMap<string, ReadonlySet<string>>,
): MergedCells {
  // Without a matrix there is nothing to distinguish.
  if (cells.length === 1 && Object.keys(grid.values).length === 0) {
    const stages = [...cells[0]!.stages];
    return { stages, ids: [Object.fromEntries(stages.map(({ id }) => [id, id]))] };
  }
  const merged: StageDraft[] = [];
  const ids: Record<string, string>[] = cells.map(() => ({}));
  const names = variantNames(grid);
  const readBefore = new Map<string, ReadonlySet<string>>();
  for (const [index, { id, inputs }] of (cells[0]?.stages ?? []).entries()) {
    const drafts = cells.map(({ stages }) => stages[index]!);
    const read = new Set(
      [reads.get(id), ...Object.values(inputs).map((input) => readBefore.get(input))].flatMap((names) => [
        ...(names ?? []),
      ]),
    );
    readBefore.set(id, read);
    if (read.size === 0) {
      for (const each of ids) each[id] = id;
      merged.push(drafts[0]!);
      continue;
    }
    const wires = drafts.map((draft, at) => renamed(draft, ids[at]!));
    // What makes two cells' stages the same: parameters after defaults, and where the inputs come from.
    const contents = drafts.map((draft, at) => JSON.stringify([draft.uses, draft.with, wires[at]]));
    const name = names(contents, read);
    const known = new Map<string, string>();
    for (const [at, draft] of drafts.entries()) {
      const content = contents[at]!;
      const same = known.get(content);
      const { suffix, cell }: VariantName = same === undefined ? name(at) : { suffix: '' };
      const named = same ?? id + suffix;
      ids[at]![id] = named;
      if (same !== undefined) continue;
      known.set(content, named);
      merged.push({ ...draft, id: named, inputs: wires[at]!, cell });
    }
  }
  return { stages: merged, ids };
}

function renamed({ inputs }: StageDraft, ids: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([input, id]) => [input, lookUp(ids, id) ?? id]));
}
