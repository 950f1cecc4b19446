import { familyOf } from '../families/index.js';
import type { Model, ModelWeights } from '../model.js';
import { formatSafetensors } from '../safetensors.js';
import { ADAPTER_FOLDER } from './adapter-config.js';
import type { LoraLayout } from './layout.js';
import type { LoraParams } from './lora-config.js';

/** The version of PEFT whose file format this is. */
const PEFT_VERSION = '0.21.2';

/**
 * Adapters as files of PEFT, by name, each in parts to be joined: `PeftModel.from_pretrained` loads them onto
 * the base model. Fields that are left out have PEFT's defaults.
 *
 * @param adapters As `mergeLora` returns them.
 * @param base The base model's name on the Hub, if it is there.
 */
export function adapterFiles(
  adapters: ModelWeights,
  { config, weights }: Model,
  layout: LoraLayout,
  peft: LoraParams,
  base: string | undefined,
): Record<string, Uint8Array[]> {
  const { peft_type, r, lora_alpha, lora_dropout, use_rslora, bias } = peft;
  const fields = {
    auto_mapping: { base_model_class: familyOf(config).architecture, parent_library: 'transformers' },
    base_model_name_or_path: base ?? null,
    bias,
    inference_mode: true,
    lora_alpha,
    lora_dropout,
    modules_to_save: layout.modules,
    peft_type,
    peft_version: PEFT_VERSION,
    r,
    target_modules: layout.targets,
    task_type: null,
    use_rslora,
  };
  const saved = layout.saved.map((name) => [name, weights[name]!] as const);
  const tensors = [...Object.entries(adapters), ...saved].map(
    ([name, tensor]) => [`base_model.model.${name}`, tensor] as const,
  );
  return {
    [`${ADAPTER_FOLDER}/adapter_config.json`]: [Buffer.from(`${JSON.stringify(fields, null, 2)}\n`)],
    [`${ADAPTER_FOLDER}/adapter_model.safetensors`]: formatSafetensors(Object.fromEntries(tensors)),
  };
}
