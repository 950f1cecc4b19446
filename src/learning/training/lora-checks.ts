import type { TrainParams } from '../../stage/params.js';
import type { OutlineProblem } from '../../stage/stage-type.js';
import type { ModelConfig } from '../model/config.js';
import { frozenBelow } from '../model/entry-point.js';
import { layOutLora } from '../model/lora/layout.js';

/** The problems of `peft` with the model, and with other parameters. */
export function loraProblems(params: TrainParams, config: ModelConfig): OutlineProblem[] {
  const { peft } = params;
  if (peft === undefined) return [];
  if (params.freeze_base_model)
    return [
      {
        param: ['freeze_base_model'],
        message: 'with freeze_base_model, peft has nothing to adapt',
        hint: 'Leave out one of them: with peft, all layers without adapters are frozen anyway.',
      },
    ];
  if (params.initial_weights === 'random')
    return [
      {
        param: ['initial_weights'],
        message: 'peft adapts a trained model, and random weights would stay random',
        expected: 'pretrained',
        got: 'random',
      },
    ];
  return layOutLora(peft, config, frozenBelow(params)).problems;
}
