import { readShort } from '../../../files/regular-file.js';
import { EtudeError } from '../../../util/errors.js';
import { parseJson } from '../../../util/parse-json.js';

/** The files of an adapter, as PEFT names them; of the weights, the first that exists is used. */
export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = ['adapter_model.safetensors', 'adapter_model.bin'] as const;

/**
 * The subfolder of a trained model for its adapter: next to `config.json`, transformers would load the
 * adapter on top of the model that it is already merged into.
 */
export const ADAPTER_FOLDER = 'adapter';

/** What counts of the configuration of an adapter that is read. */
export interface AdapterConfig {
  /** The model that it is for, `base_model_name_or_path`. */
  base: string;
  /** A branch, tag or commit of it, if it is on the Hub. */
  revision?: string;
  lora_alpha: number;
  use_rslora: boolean;
}

/** What says how an adapter was trained, or what its tensors say as well. Whatever else is set is refused. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'auto_mapping',
  'bias',
  'ensure_weight_tying',
  'eva_config',
  'exclude_modules',
  'fan_in_fan_out',
  'inference_mode',
  'layers_pattern',
  'layers_to_transform',
  'lora_dropout',
  'megatron_config',
  'megatron_core',
  'modules_to_save',
  'peft_version',
  'qalora_group_size',
  'r',
  'rank_pattern',
  'target_modules',
  'task_type',
]);

/** Ways to begin that leave the base model as it is; others change it, and with it what the adapter means. */
const INITS: readonly unknown[] = [undefined, null, true, false, 'gaussian', 'eva', 'orthogonal'];

/**
 * Reads an adapter's `adapter_config.json`.
 *
 * @param path Where it is.
 * @param file Its name, for messages.
 * @throws EtudeError for a file that is not one, and for an adapter of another kind than LoRA, or of a
 * variant
 *   of LoRA that is not supported.
 */
export async function readAdapterConfig(path: string, file = path): Promise<AdapterConfig> {
  const text = (await readShort(path)).toString('utf8');
  let raw: unknown;
  try {
    raw = parseJson(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new EtudeError(`${ADAPTER_CONFIG} is not JSON`, { got: cause.message, where: { file }, cause });
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new EtudeError(`${ADAPTER_CONFIG} is not a JSON object`, { where: { file } });
  return checked(raw as Record<string, unknown>, file);
}

function checked(raw: Readonly<Record<string, unknown>>, file: string): AdapterConfig {
  const fail = (message: string, expected: string, got?: unknown): never => {
    const shown = got === undefined ? 'nothing' : JSON.stringify(got);
    throw new EtudeError(message, { expected, got: shown, where: { file } });
  };
  const { peft_type, base_model_name_or_path: base, revision, lora_alpha = 8, use_rslora = false } = raw;
  const { init_lora_weights, ...rest } = raw;
  if (peft_type !== 'LORA')
    fail(
      'adapters of this peft_type are not supported',
      'LORA, or a model with its adapter merged',
      peft_type,
    );
  const read = ['peft_type', 'base_model_name_or_path', 'revision', 'lora_alpha', 'use_rslora'];
  for (const [key, value] of Object.entries(rest)) {
    if (read.includes(key) || WITHOUT_EFFECT.has(key) || isUnset(value)) continue;
    fail(`adapters with '${key}' are not supported`, 'plain LoRA, or a model with its adapter merged', value);
  }
  if (!INITS.includes(init_lora_weights))
    fail(
      'adapters that began by changing the base model are not supported',
      `init_lora_weights ${INITS.filter((one) => typeof one !== 'object')
        .slice(1)
        .join(', ')}`,
      init_lora_weights,
    );
  if (typeof lora_alpha !== 'number' || !Number.isFinite(lora_alpha))
    fail("unsupported value of 'lora_alpha'", 'a number', lora_alpha);
  if (typeof use_rslora !== 'boolean') fail("unsupported value of 'use_rslora'", 'true or false', use_rslora);
  if (typeof base !== 'string' || base === '')
    fail('the adapter does not name its base model', 'base_model_name_or_path', base);
  if (typeof revision !== 'string' && !isUnset(revision))
    fail("unsupported value of 'revision'", 'a branch, tag or commit', revision);
  return {
    base: base as string,
    ...(typeof revision === 'string' && revision !== '' && { revision }),
    lora_alpha: lora_alpha as number,
    use_rslora: use_rslora as boolean,
  };
}

function isUnset(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false || value === '';
}
