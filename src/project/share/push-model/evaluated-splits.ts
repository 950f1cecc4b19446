import { readEvaluation } from '../../../learning/report/evaluation.js';
import { readOtherEvaluation } from '../../../learning/report/other-evaluation.js';
import { datasetInputs } from '../../../learning/training/evaluation/evaluated-data.js';
import type { Entry } from '../../../pipeline/cache/types.js';
import type { Pipeline } from '../../../pipeline/recipe/pipeline.js';
import type { Objects } from '../../../stage/stage-type.js';
import { lookUp } from '../../../util/look-up.js';
import type { DataSource, EvaluatedSplit } from './facts.js';

export interface Evaluating {
  pipeline: Pipeline;
  entries: ReadonlyMap<string, Entry>;
  objects: Objects;
  /** The datasets behind a stage. */
  sources(stage: string): Promise<readonly DataSource[]>;
  /** Seconds of audio in a split of a stage's result, if known. */
  seconds(stage: string, split: string): Promise<number | undefined>;
}

/** The splits on which the recipe evaluates a model, with what the cache has of their results. */
export async function evaluatedSplitsOf(model: string, at: Evaluating): Promise<EvaluatedSplit[]> {
  const found: EvaluatedSplit[] = [];
  for (const { id, uses, from } of at.pipeline.stages) {
    const artifact = at.entries.get(id)?.artifact;
    if (uses !== 'evaluate' || from.model !== model || artifact?.kind !== 'report') continue;
    const named = { stage: id, artifact };
    const plain = await readEvaluation(named, at.objects);
    const others = await readOtherEvaluation(named, at.objects);
    const inputs = datasetInputs(Object.keys(from)).map((input) => from[input]!);
    const sources = (await Promise.all(inputs.map((input) => at.sources(input)))).flat();
    for (const [split, metrics] of Object.entries(artifact.metrics)) {
      const one = plain.find((each) => each.split === split);
      const other = others.find((each) => each.split === split);
      const only = inputs.length === 1 ? inputs[0] : undefined;
      const seconds = only === undefined ? undefined : await at.seconds(only, split);
      found.push({
        ...{ stage: id, split, metrics, seconds },
        rows: one?.rows ?? other?.numRows ?? rowsOf(at, inputs, split),
        intervals: one?.intervals ?? {},
        classes: one?.classes ?? (other?.kind === 'labels' ? other.classes : []),
        groups: one?.groups ?? [],
        data: [...new Set(sources)],
      });
    }
  }
  return found;
}

function rowsOf({ entries }: Evaluating, inputs: readonly string[], split: string): number {
  const rows = inputs.map((input) => {
    const artifact = entries.get(input)?.artifact;
    return artifact?.kind === 'dataset' ? (lookUp(artifact.splits, split)?.num_rows ?? 0) : 0;
  });
  return Math.max(0, ...rows);
}
