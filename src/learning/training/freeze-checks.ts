import { count } from '../../util/words.js';
import type { ModelConfig } from '../model/config.js';
import { type FreezeArguments, frozenBelow, isBelow } from '../model/entry-point.js';

/** The problem if the arguments freeze more layers than there are. */
export function freezeProblem(
  args: FreezeArguments,
  { num_hidden_layers: layers }: ModelConfig,
): { param: string[]; message: string; expected: string; got: string } | undefined {
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
