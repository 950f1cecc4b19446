import type { Features, States } from '../../../stage/artifact.js';
import type { OutlineProblem } from '../../../stage/stage-type.js';
import { EtudeError } from '../../../util/errors.js';
import { count } from '../../../util/words.js';
import type { ModelConfig } from '../../model/config.js';
import type { FreezeArguments } from '../../model/entry-point.js';
import type { Model } from '../../model/model.js';
import { digestOf, type FrozenPart } from './frozen-part.js';

/** What hidden states a column holds; undefined if it holds something else. */
export function statesOf(features: Features, column: string): States | undefined {
  const feature = Object.hasOwn(features, column) ? features[column] : undefined;
  return feature?._type === 'List' ? feature.states : undefined;
}

/** The part of the model whose output a column of hidden states is. */
export function partOf({ layers, pooling }: States, model: Model): FrozenPart {
  return { model, entry: pooling === 'mean' ? { at: 'means' } : { at: 'layer', layer: layers } };
}

/** The problem of training on hidden states if that would train layers below them, or skip layers above. */
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
        message: 'a weighted sum of all layers needs the states of every layer',
        expected: 'hidden states of an embed stage with pooling: mean, and freeze_base_model: true',
        got: `states after ${count(layers, 'layer')}`,
      };
    if (args.freeze_layers === layers && !args.freeze_base_model) return undefined;
    return {
      param: ['freeze_layers'],
      message: `the hidden states are the output of ${count(layers, 'layer')}, which cannot be trained`,
      expected: `freeze_layers: ${layers}`,
      got: given,
    };
  }
  if (!args.freeze_base_model)
    return {
      param: ['freeze_base_model'],
      message: 'only the head can be trained on mean hidden states',
      expected: 'freeze_base_model: true',
      got: given,
    };
  if (layers !== num_hidden_layers)
    return {
      param: ['config', 'num_hidden_layers'],
      message: `the hidden states are the output of ${count(layers, 'layer')}, but the model has ${num_hidden_layers}`,
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
 * Checks that a column's hidden states were computed by the model's own frozen part.
 *
 * @throws EtudeError if they were not.
 */
export function checkFrozen(states: States, column: string, model: Model): FrozenPart {
  const part = partOf(states, model);
  const { every_layer = false } = states;
  const { use_weighted_layer_sum: summed } = model.config;
  const fits = states.pooling === 'mean' ? every_layer === summed : !summed;
  if (fits && digestOf(part) === states.frozen) return part;
  throw new EtudeError(
    `the hidden states in column '${column}' were not computed by this model's frozen layers`,
    {
      hint: 'Give the embed and train stages the same model, revision and config, or train on the samples.',
    },
  );
}
