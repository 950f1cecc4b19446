import { Random } from '../../random/random.js';
import { EtudeError } from '../../util/errors.js';
import { type ModelConfig, numLabels } from './config.js';
import { initialise } from './initialise.js';
import { loadConfig } from './load-config.js';
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, readAdapterConfig } from './lora/adapter-config.js';
import { type AdaptedTensors, adaptedTensors } from './lora/merge-loaded-adapter.js';
import type { Model, ModelWeights } from './model.js';
import type { ParameterSpec } from './parameter-spec.js';
import { classifierParameters } from './parameters.js';
import { modelName } from './save.js';
import { StoredWeight } from './stored-weight.js';
import { type NamedFile, openTensorFile, openTensors, type TensorFiles } from './tensor-files.js';

export interface LoadOptions {
  /** Class names of the data; without them, those of the checkpoint, whose head must then be complete. */
  labels?: string[];
  /** Seed of the parameters that the checkpoint does not have. */
  seed?: number;
  /** Ignore the checkpoint's weights altogether and start from random ones (same architecture). */
  fromScratch?: boolean;
  /** Overrides of values in `config.json`. */
  config?: Readonly<Record<string, unknown>>;
  /**
   * Reinitialise whatever has another shape in the checkpoint (a head for other classes) instead of refusing
   * it.
   */
  ignoreMismatchedSizes?: boolean;
  /** Leaves the checkpoint's weights in its files; see `StoredWeight`. */
  lazily?: boolean;
}

/** A loaded model, and what differs between it and its checkpoint, as transformers reports it. */
export interface Loaded extends Model {
  /** Parameters that the checkpoint does not have: newly initialised. */
  missing: string[];
  /** Tensors of the checkpoint that the model does not use. */
  unexpected: string[];
  /** Parameters of another shape in the checkpoint: newly initialised. */
  mismatched: { name: string; expected: number[]; got: number[] }[];
}

/**
 * Loads a classifier from a checkpoint folder in the Hugging Face layout: `config.json` with
 * `model.safetensors`, `pytorch_model.bin`, or the shards that the index of either names. Names of a bare
 * encoder (without `wav2vec2.`) and both spellings of weight normalisation (`weight_g`/`weight_v`,
 * `parametrizations.weight.original0/1`) are understood. An adapter of PEFT among the files is merged into
 * the base model, whose files the others are.
 *
 * @throws EtudeError if a file is missing or damaged, a shape differs (unless that is ignored), or nothing
 * fits.
 */
export async function loadModel(files: readonly NamedFile[], options: LoadOptions = {}): Promise<Loaded> {
  const config = await loadConfig(files, options.config);
  const tensors = options.fromScratch === true ? undefined : await openAdapted(files, config);
  const labels = options.labels ?? labelsOf(config, tensors?.classes);
  const specs = classifierParameters(config, labels.length);
  refuseAbsurdSize(specs, files);
  const loaded = { config, labels, ...fill(specs, tensors, config, options) };
  if (tensors !== undefined && options.labels === undefined && loaded.missing.length > 0) {
    throw new EtudeError("the checkpoint's classifier is incomplete", {
      expected: 'a model trained for classification',
      got: `no ${summarise(loaded.missing)}`,
      where: { file: tensors.file },
    });
  }
  return loaded;
}

/** The checkpoint's tensors; of an adapter, those of its base model with the adapter merged into them. */
async function openAdapted(files: readonly NamedFile[], config: ModelConfig): Promise<AdaptedTensors> {
  const base = await openTensors(files);
  const find = (names: readonly string[]) => files.find(({ name }) => names.includes(name));
  const [described, weights] = [find([ADAPTER_CONFIG]), find(ADAPTER_WEIGHTS)];
  if (described === undefined || weights === undefined) return base;
  const adapter = await openTensorFile(weights);
  return adaptedTensors(base, adapter, await readAdapterConfig(described.path), config);
}

/**
 * Class names of the checkpoint. An adapter does not have any: its base model's are used for as many classes.
 *
 * @param classes Those of the adapter's head, if it has one.
 */
function labelsOf(config: ModelConfig, classes = numLabels(config)): string[] {
  const { id2label } = config;
  if (id2label?.length === classes) return id2label;
  return Array.from({ length: Math.min(classes, MAX_LABELS) }, (_, id) => `LABEL_${id}`);
}

/** More classes than any head has. */
const MAX_LABELS = 2 ** 16;

/** More parameters than any model of this kind has; the largest XLS-R has 2.2 billion. */
const MAX_PARAMETERS = 2 ** 32;

/** A configuration alone must not exhaust memory. */
function refuseAbsurdSize(specs: readonly ParameterSpec[], files: readonly NamedFile[]): void {
  const sizes = specs.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > MAX_PARAMETERS)
    throw new EtudeError('the configuration describes an implausibly large model', {
      expected: `at most ${MAX_PARAMETERS} parameters`,
      got: `${total}`,
      where: { file: files.find(({ name }) => name === 'config.json')?.path },
    });
}

/** What was newly initialised, unused or of another shape, one sentence each, for the log. */
export function describeDifferences(loaded: Loaded): string[] {
  const sentences: string[] = [];
  const { missing, unexpected, mismatched } = loaded;
  if (missing.length > 0)
    sentences.push(`newly initialised, missing from the checkpoint: ${summarise(missing)}`);
  if (mismatched.length > 0) {
    const names = mismatched.map(({ name, got, expected }) => `${name} ([${got}] there, [${expected}] here)`);
    sentences.push(`newly initialised, with another shape in the checkpoint: ${summarise(names)}`);
  }
  if (unexpected.length > 0) sentences.push(`in the checkpoint, but unused: ${summarise(unexpected)}`);
  return sentences;
}

/**
 * What differs between the classes of a head that was taken from the checkpoint and those of the data: the
 * weights of a class are matched by its number, not its name. transformers does not warn about that.
 */
export function describeHead({ config, labels, missing, mismatched }: Loaded): string | undefined {
  const theirs = config.id2label;
  const fresh = [...missing, ...mismatched.map(({ name }) => name)];
  if (
    theirs === undefined ||
    theirs.length !== labels.length ||
    fresh.some((name) => /^classifier\.(dense\.)?weight$/.test(name))
  )
    return undefined;
  // transformers' default names mean nothing.
  if (theirs.every((name, id) => name === `LABEL_${id}`)) return undefined;
  const id = labels.findIndex((name, index) => name !== theirs[index]);
  if (id === -1) return undefined;
  const same = labels.every((name) => theirs.includes(name));
  return (
    `the checkpoint's head was trained for ${same ? 'the same classes in another order' : 'other classes'}: ` +
    `class ${id} was '${theirs[id]}' there and is '${labels[id]}' here; as in transformers, weights are matched by class number`
  );
}

function fill(
  specs: readonly ParameterSpec[],
  tensors: TensorFiles | undefined,
  config: ModelConfig,
  options: LoadOptions,
): Pick<Loaded, 'weights' | 'missing' | 'unexpected' | 'mismatched'> {
  const weights: ModelWeights = {};
  const missing: string[] = [];
  const mismatched: Loaded['mismatched'] = [];
  const names = new Map([...(tensors?.names ?? [])].map((stored) => [modelName(stored, config), stored]));
  const fresh: ParameterSpec[] = [];
  for (const spec of specs) {
    const stored = names.get(spec.name);
    names.delete(spec.name);
    if (stored === undefined || tensors === undefined) {
      missing.push(spec.name);
      fresh.push(spec);
      continue;
    }
    const shape = tensors.shape(stored);
    if (shape.length !== spec.shape.length || shape.some((size, axis) => size !== spec.shape[axis])) {
      mismatched.push({ name: spec.name, expected: spec.shape, got: shape });
      fresh.push(spec);
    } else {
      const weight = new StoredWeight(tensors, stored, spec);
      weights[spec.name] = options.lazily ? weight : weight.read();
    }
  }
  if (tensors !== undefined && Object.keys(weights).length === 0) {
    throw new EtudeError(`no tensor of the checkpoint fits a ${config.model_type} model`, {
      where: { file: tensors.file },
    });
  }
  const first = mismatched[0];
  if (first !== undefined && options.ignoreMismatchedSizes !== true) {
    throw new EtudeError(`'${first.name}' has another shape in the checkpoint`, {
      expected: `[${first.expected}]`,
      got: `[${first.got}]`,
      where: { file: tensors?.file },
      hint: 'Set ignore_mismatched_sizes: true to reinitialise it.',
    });
  }
  // Parameters that depend on others come last.
  const rank = ({ init }: ParameterSpec) => Number(init.type === 'norm-of');
  for (const spec of [...fresh].sort((one, other) => rank(one) - rank(other))) {
    weights[spec.name] = initialise(spec, Random.stream(options.seed ?? 42, spec.name), weights);
  }
  const ordered = Object.fromEntries(specs.map(({ name }) => [name, weights[name]!]));
  return { weights: ordered, missing, unexpected: [...names.values()], mismatched };
}

/** The first few names. */
export function summarise(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
