import type { Features, States } from '../../../stage/artifact.js';
import type { OutlineProblem } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { count } from '../../../util/words.js';
import type { ModelConfig } from '../../model/config.js';
import type { FreezeArguments } from '../../model/entry-point.js';
import type { Model } from '../../model/model.js';
import { digestOf, type FrozenPart } from './frozen-part.js';

/** What a column holds of hidden states; undefined where it holds anything else. */
export function statesOf(features: Features, column: string): States | undefined {
  const feature = Object.hasOwn(features, column) ? features[column] : undefined;
  return feature?._type === 'List' ? feature.states : undefined;
}

/** The part of the model whose output a column of hidden states is. */
export function partOf({ layers, pooling }: States, model: Model): FrozenPart {
  return { model, entry: pooling === 'mean' ? { at: 'means' } : { at: 'layer', layer: layers } };
}

/** The problem of a training on hidden states that would train layers below them, or above leave out some. */
export function freezeMismatch(
  states: States,
  args: FreezeArguments,
  config: ModelConfig,
): OutlineProblem | undefined {
  const { layers, pooling, every_layer = false } = states;
  const { use_weighted_layer_sum: summed, num_hidden_layers } = config;
  const given = [
    ...(args.freeze_base_model ? ['freeze_base_model: true'] : []),
    `freeze_layers: ${args.freeze_layers}`,
  ].join(', ');
  if (pooling === 'none') {
    if (summed)
      return {
        param: ['config', 'use_weighted_layer_sum'],
        message: 'the sum of all layers needs more than the states after one of them',
        expected: 'hidden states of an embed stage with pooling: mean, and freeze_base_model: true',
        got: `states after ${count(layers, 'layer')}`,
      };
    if (args.freeze_layers === layers && !args.freeze_base_model) return undefined;
    return {
      param: ['freeze_layers'],
      message: `the hidden states went through ${count(layers, 'layer')}, which cannot be trained`,
      expected: `freeze_layers: ${layers}`,
      got: given,
    };
  }
  if (!args.freeze_base_model)
    return {
      param: ['freeze_base_model'],
      message: 'of means of hidden states, only the head can be trained',
      expected: 'freeze_base_model: true',
      got: given,
    };
  if (layers !== num_hidden_layers)
    return {
      param: ['config', 'num_hidden_layers'],
      message: `the hidden states went through ${count(layers, 'layer')}, and the model has ${num_hidden_layers}`,
      expected: `config: { num_hidden_layers: ${layers} }`,
      got: `${num_hidden_layers}`,
    };
  if (every_layer === summed) return undefined;
  return {
    param: ['config', 'use_weighted_layer_sum'],
    message: `the hidden states are those of ${every_layer ? 'every layer' : 'the last layer alone'}`,
    expected: `config: { use_weighted_layer_sum: ${every_layer} }`,
    got: `${summed}`,
  };
}

/**
 * Checks that the model's own frozen part made the hidden states of a column.
 *
 * @throws EtudeError when another one did.
 */
export function checkFrozen(states: States, column: string, model: Model): FrozenPart {
  const part = partOf(states, model);
  const { every_layer = false } = states;
  const { use_weighted_layer_sum: summed } = model.config;
  const fits = states.pooling === 'mean' ? every_layer === summed : !summed;
  if (fits && digestOf(part) === states.frozen) return part;
  throw new EtudeError(
    `the hidden states in column '${column}' were not made by the frozen layers of this model`,
    {
      hint: 'The embed stage and the training must have the same model, revision and configuration; or use the samples themselves.',
    },
  );
}
