import type { ListFeature } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { type Padding, ZEROS_ON_THE_RIGHT } from '../audio/padding.js';
import type { ClipName } from '../data/clip-names.js';
import type { DatasetReader } from '../data/dataset.js';
import { fromRows } from '../data/matrix.js';
import { errorOf } from '../data/name-problems.js';
import { fewestSamples, inputShape, type ModelConfig } from '../model/config.js';
import { type Augmented, openAugmented } from './augment/open-augmented.js';
import { areEqual, checkLength } from './collate.js';
import { inputMismatch } from './dataset-checks.js';
import type { FrozenPart } from './frozen/frozen-part.js';
import { type LabelOptions, readLabel } from './read-label.js';

/**
 * The column in which a feature extractor with `return_attention_mask` says which samples are not padding.
 */
export const MASK_COLUMN = 'attention_mask';

/** The most rows that an error names. */
const MOST_NAMED = 50;

/** The labelled clips of one split, checked. */
export interface Examples {
  readonly split: string;
  readonly size: number;
  /**
   * The class number of each row; of several labels a row, 0 or 1 for each, [rows, labels]; in a regression
   * the values, [rows, outputs].
   */
  readonly labels: readonly number[];
  /** Samples per row, including padding. */
  readonly lengths: readonly number[];
  /** Samples per row that are not padding, if the rows have attention masks. */
  readonly validLengths?: readonly number[];
  /** How shorter clips of a batch are padded. */
  readonly padding: Padding;
  /** Normalised samples of a row, which must not be written to. */
  samples(row: number): Promise<Float32Array>;
  /** Drops the samples that are in memory; they are read again when they are needed. */
  forget?(): void;
  /**
   * If the dataset holds the output of a frozen part of the model instead of samples: the part, and its
   * output for a row, which must not be written to. Lengths are then those of clips with as many frames.
   */
  readonly kept?: { part: FrozenPart; rows(row: number): Promise<Float32Array> };
  /** The clips as a training hears them, if it is to change them. */
  readonly augmented?: Augmented;
}

export interface ExampleOptions extends LabelOptions {
  input_column: string;
  config: ModelConfig;
  /** Where noises are read from, if the clips are changed as the dataset says: those that are trained on. */
  augment?: Objects;
  /** What the input column was made with, where it holds no samples. */
  part?: FrozenPart;
  /** Default: zeros on the right. */
  padding?: Padding;
  /** Names the files of clips that an error is about. */
  clipName?: ClipName;
}

/**
 * Opens a split for training or evaluation, reading each row once to check it.
 *
 * @throws EtudeError naming the split and all bad rows: an empty split, no label, a label outside the
 * classes, samples that are missing, not numbers or too few.
 */
export async function openExamples(reader: DatasetReader, options: ExampleOptions): Promise<Examples> {
  const { split, label_column, input_column, config, padding = ZEROS_ON_THE_RIGHT } = options;
  const size = reader.num_rows(split);
  if (size === 0) throw new EtudeError(`split '${split}' is empty`, { expected: 'at least one row' });
  const { part } = options;
  const mismatch = part === undefined && inputMismatch(reader.features[input_column], input_column, config);
  if (mismatch) throw errorOf(mismatch);
  const masked = part === undefined && Object.hasOwn(reader.features, MASK_COLUMN);
  if (masked && padding.padding_side === 'left') {
    throw new EtudeError(`'${MASK_COLUMN}' of split '${split}' cannot be used with padding on the left`, {
      expected: "padding_side 'right' in preprocessor_config.json, or no masks",
      hint: 'Wav2Vec2 treats the first frames of a masked clip as its valid ones.',
    });
  }
  const read = async (row: number) => toSamples(await reader.value(split, input_column, row), row, options);
  const labels: number[] = [];
  const lengths: number[] = [];
  const validLengths: number[] = [];
  const errors: EtudeError[] = [];
  const check = async (row: number) => {
    if (label_column !== undefined)
      labels.push(...readLabel(await reader.value(split, label_column, row), row, options));
    const samples = await read(row);
    checkFinite(samples, row, options);
    if (part !== undefined) {
      lengths.push(checkStates(samples, part, row, options));
      return;
    }
    checkLength(samples.length, row, split, config);
    lengths.push(samples.length);
    if (!masked) return;
    // A mask has a number for each sample, or for each row.
    const { row_size: unit = 1 } = config;
    const mask = await reader.value(split, MASK_COLUMN, row);
    const valid = unit * validLength(mask, samples.length / unit, row, split);
    checkLength(valid, row, split, config);
    validLengths.push(valid);
  };
  for (let row = 0; row < size; row += 1) {
    try {
      await check(row);
    } catch (error) {
      if (!(error instanceof EtudeError) || error.where?.row === undefined) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw await allRows(errors, options, size);
  const examples: Examples = {
    split,
    size,
    labels,
    lengths,
    validLengths: masked ? validLengths : part !== undefined && !areEqual(lengths) ? lengths : undefined,
    padding,
    samples: read,
    forget: () => reader.forget(),
    kept: part && { part, rows: read },
  };
  const feature = reader.features[input_column] as ListFeature;
  const { augment, extracted } = feature;
  const { augment: objects } = options;
  if (objects === undefined || augment === undefined || extracted === undefined) return examples;
  const how = { augment, extracted };
  return { ...examples, augmented: await openAugmented(reader, examples, how, config, objects) };
}

/** One error for those of single rows, naming the first of them. */
async function allRows(
  errors: readonly EtudeError[],
  { split, clipName }: ExampleOptions,
  size: number,
): Promise<EtudeError> {
  const fileOf = async ({ where }: EtudeError) => clipName?.(split, where!.row!, size);
  const [first] = errors;
  if (first !== undefined && errors.length === 1) {
    const { message, expected, got, hint, where } = first;
    return new EtudeError(message, { expected, got, hint, where: { ...where, file: await fileOf(first) } });
  }
  const named = errors.slice(0, MOST_NAMED).map(async (error) => {
    const file = await fileOf(error);
    const name = `row ${error.where?.row}${file === undefined ? '' : `, ${file}`}`;
    const details = [error.expected && `expected ${error.expected}`, error.got && `got ${error.got}`];
    return `  ${name}: ${error.message} (${details.filter(Boolean).join(', ')})`;
  });
  const lines = await Promise.all(named);
  if (errors.length > lines.length) lines.push(`  and ${errors.length - lines.length} more`);
  return new EtudeError(
    [`${errors.length} of ${count(size, 'row')} of split '${split}' cannot be used:`, ...lines].join('\n'),
    { hint: errors.find(({ hint }) => hint !== undefined)?.hint },
  );
}

/** Samples of a clip that would give as many frames. */
function checkStates(
  values: Float32Array,
  { entry, model: { config } }: FrozenPart,
  row: number,
  { split, input_column }: ExampleOptions,
): number {
  const { hidden_size, num_hidden_layers, use_weighted_layer_sum } = config;
  const frames = values.length / hidden_size;
  const means = use_weighted_layer_sum ? num_hidden_layers + 1 : 1;
  const isWhole = Number.isInteger(frames) && frames > 0;
  if (!isWhole || (entry.at === 'means' && frames !== means))
    throw new EtudeError(`'${input_column}' of split '${split}' does not fit the model`, {
      expected:
        entry.at === 'means' ? `${means * hidden_size} numbers` : `a multiple of ${hidden_size} numbers`,
      got: `${values.length}`,
      where: { row },
    });
  return fewestSamples(config, entry.at === 'means' ? 1 : frames);
}

function noSamples(row: number, { split, input_column }: ExampleOptions, got: string): EtudeError {
  return new EtudeError(`'${input_column}' of split '${split}' has no samples`, {
    expected: 'a list of numbers',
    got,
    where: { row },
  });
}

function toSamples(values: unknown, row: number, options: ExampleOptions): Float32Array {
  const numbers = numbersOf(values, options.part === undefined ? options.config : {});
  if (numbers !== undefined) return numbers;
  throw noSamples(row, options, values === null || values === undefined ? 'nothing' : typeof values);
}

/** The numbers of a row of a dataset: samples, or the rows of a spectrogram after each other. */
export function numbersOf(
  values: unknown,
  config: Pick<ModelConfig, 'spectrogram' | 'row_size'>,
): Float32Array | undefined {
  if (values instanceof Float32Array) return values;
  if (!Array.isArray(values) && !ArrayBuffer.isView(values)) return undefined;
  const shape = inputShape(config);
  if (shape === undefined) return Float32Array.from(values as unknown as ArrayLike<number>);
  return fromRows(values as unknown[], shape[1]);
}

function checkFinite(samples: Float32Array, row: number, options: ExampleOptions): void {
  for (let index = 0; index < samples.length; index += 1) {
    if (!Number.isFinite(samples[index]))
      throw noSamples(row, options, `${samples[index]} at sample ${index}`);
  }
}

function validLength(mask: unknown, samples: number, row: number, split: string): number {
  const values = mask as ArrayLike<number> | null;
  if (values === null || values === undefined || values.length !== samples) {
    throw new EtudeError(`'${MASK_COLUMN}' of split '${split}' does not match the samples`, {
      expected: count(samples, 'value'),
      got: `${values?.length ?? 0}`,
      where: { row },
    });
  }
  let length = 0;
  while (length < samples && Number(values[length]) === 1) length += 1;
  for (let index = length; index < samples; index += 1) {
    if (Number(values[index]) !== 0) {
      throw new EtudeError(`'${MASK_COLUMN}' of split '${split}' is not padded on the right`, {
        where: { row },
      });
    }
  }
  return length;
}
