import { EtudeError } from '../../../util/errors.js';
import type { ModelConfig } from '../config.js';
import type { Weight } from '../safetensors.js';
import { modelName } from '../save.js';
import type { TensorFiles } from '../tensor-files.js';
import type { AdapterConfig } from './adapter-config.js';
import { addProduct } from './lora.js';
import { LORA_A, LORA_B } from './lora-config.js';

/** Begins all names in PEFT's files. */
const PREFIX = 'base_model.model.';

/** A base model's tensors with an adapter's merged into them. */
export interface AdaptedTensors extends TensorFiles {
  /** Classes of the head that the adapter has, if it has one. */
  classes?: number;
}

/**
 * Puts an adapter on its base model: W + scaling · B · A for each layer that it adapts, and its own version
 * of each parameter that was saved as a whole. Each layer's rank is that of its A.
 *
 * @param model The model's configuration.
 * @throws EtudeError for tensors that are no LoRA of a linear layer, and for a layer that the base model does
 *   not have, or has in another shape.
 */
export function adaptedTensors(
  base: TensorFiles,
  adapter: TensorFiles,
  config: AdapterConfig,
  model: ModelConfig,
): AdaptedTensors {
  const fail = (message: string, expected?: string, got?: string): never => {
    throw new EtudeError(message, { expected, got, where: { file: adapter.file } });
  };
  const whole = new Map<string, string>();
  const ups = new Map<string, string>();
  const downs = new Map<string, string>();
  for (const stored of adapter.names) {
    if (!stored.startsWith(PREFIX))
      fail(
        `the adapter's tensor '${stored}' is not named as PEFT names it`,
        `a name that begins with ${PREFIX}`,
      );
    // With biases, PEFT saves those of modules that were saved as a whole three times, once as they were
    // before.
    if (stored.includes('.original_module.')) continue;
    const plain = stored.slice(PREFIX.length).replace(/\.(base_layer|modules_to_save)\./, '.');
    const name = modelName(plain, model);
    if (name.endsWith(LORA_A)) downs.set(name.slice(0, -LORA_A.length), stored);
    else if (name.endsWith(LORA_B)) ups.set(name.slice(0, -LORA_B.length), stored);
    else if (/\.lora_[^.]+(\.|$)/.test(name))
      fail(`the adapter's tensor '${stored}' is not supported`, 'plain LoRA');
    else whole.set(name, stored);
  }
  const own = new Map([...base.names].map((stored) => [modelName(stored, model), stored]));
  const layers = new Map<string, { stored: string; up: string; down: string }>();
  for (const layer of new Set([...ups.keys(), ...downs.keys()])) {
    const [stored, up, down] = [own.get(`${layer}.weight`), ups.get(layer), downs.get(layer)];
    if (up === undefined || down === undefined)
      return fail(`of the adapter of '${layer}', a half is missing`, 'lora_A and lora_B');
    if (stored === undefined)
      return fail(`the adapter is for a layer '${layer}', which the base model does not have`);
    const shapes = [base.shape(stored), adapter.shape(up), adapter.shape(down)];
    const [[output, input], [rows, rank], [inner, columns]] = shapes as [number[], number[], number[]];
    const fits = rows === output && columns === input && rank === inner && rank! > 0;
    if (shapes.some(({ length }) => length !== 2) || !fits)
      fail(
        `the adapter does not fit the layer '${layer}'`,
        `a linear layer, [${shapes[0]}]`,
        `B [${shapes[1]}], A [${shapes[2]}]`,
      );
    layers.set(`${layer}.weight`, { stored, up, down });
  }
  const scalingOf = (rank: number) => config.lora_alpha / (config.use_rslora ? Math.sqrt(rank) : rank);
  const read = (name: string, integer?: boolean): Weight => {
    const saved = whole.get(name);
    if (saved !== undefined) return adapter.read(saved, integer);
    const layer = layers.get(name);
    if (layer === undefined) return base.read(own.get(name)!, integer);
    const weight = base.read(layer.stored);
    const [up, down] = [adapter.read(layer.up), adapter.read(layer.down)];
    addProduct(weight.data, up.data, down.data, scalingOf(down.shape[0]!), down.shape[0]!);
    return weight;
  };
  const head = whole.get('classifier.weight');
  return {
    file: base.file,
    names: new Set([...own.keys(), ...whole.keys()]),
    shape: (name) => (whole.has(name) ? adapter.shape(whole.get(name)!) : base.shape(own.get(name)!)),
    read,
    classes: head === undefined ? undefined : adapter.shape(head)[0],
  };
}
