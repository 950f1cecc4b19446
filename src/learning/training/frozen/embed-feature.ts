import type { Features, ListFeature, States } from '../../../stage/artifact.js';
import type { EmbedParams } from '../../../stage/params.js';
import type { OutlineProblem } from '../../../stage/stage-type.js';
import { count } from '../../../util/words.js';
import type { ModelConfig } from '../../model/config.js';
import { inputMismatch, inputProblem } from '../dataset-checks.js';

/** The type of the column that `embed` adds, as far as it is known without the checkpoint's weights. */
export function statesFeature(
  { layers, pooling, dtype }: EmbedParams,
  config: ModelConfig,
): ListFeature & { states: States; feature: { _type: 'Value'; dtype: EmbedParams['dtype'] } } {
  const states: States = { layers: layers ?? config.num_hidden_layers, pooling };
  if (pooling === 'mean' && config.use_weighted_layer_sum) states.every_layer = true;
  return { _type: 'List', feature: { _type: 'Value', dtype }, states };
}

/** Problems of the parameters of `embed`. */
export function embedProblems(
  { layers = 0, input_column }: EmbedParams,
  config: ModelConfig,
  features: Features | undefined,
  column: string,
): OutlineProblem[] {
  const problems: OutlineProblem[] = [];
  const { num_hidden_layers: most } = config;
  if (layers > most)
    problems.push({
      param: ['layers'],
      message: `the model has only ${count(most, 'layer')}`,
      expected: `at most ${most}`,
      got: `${layers}`,
    });
  if (features === undefined) return problems;
  const input =
    inputProblem(features, input_column) ?? inputMismatch(features[input_column], input_column, config);
  if (input !== undefined) problems.push(input);
  if (Object.hasOwn(features, column))
    problems.push({
      param: ['input_column'],
      message: `the dataset already has a column '${column}'`,
      hint: 'Rename it with a rename stage before this one.',
    });
  return problems;
}
