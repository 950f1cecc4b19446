import { count } from '../../util/words.js';
import type { ModelConfig } from '../model/config.js';
import { type FreezeArguments, frozenBelow, isBelow } from '../model/entry-point.js';
import { namesOf } from '../model/families/index.js';

/** The problem if the arguments freeze more layers than there are, or a feature encoder that is not there. */
export function freezeProblem(
  args: FreezeArguments,
  config: ModelConfig,
): { param: string[]; message: string; expected: string; got: string } | undefined {
  const { num_hidden_layers: layers, model_type } = config;
  if (args.freeze_feature_encoder && namesOf(config).features.length === 0)
    return {
      param: ['freeze_feature_encoder'],
      message: `a model of type '${model_type}' has no feature encoder to freeze`,
      expected: 'freeze_layers or freeze_base_model',
      got: 'true',
    };
  if (args.freeze_layers <= layers) return undefined;
  return {
    param: ['freeze_layers'],
    message: `the model has only ${count(layers, 'layer')} to freeze`,
    expected: `at most ${layers}`,
    got: `${args.freeze_layers}`,
  };
}

/** What to log about the frozen layers, once per training; undefined if there are none. */
export function describeFrozen(args: FreezeArguments, config: ModelConfig): string | undefined {
  const frozen = frozenBelow(args);
  if (!isBelow(frozen, -1)) return undefined;
  const what =
    frozen.at === 'layer'
      ? `the lowest ${frozen.layer} of ${count(config.num_hidden_layers, 'layer')} and all below them are`
      : 'the base model is';
  return `${what} frozen: dropout, layerdrop and SpecAugment are off there`;
}
