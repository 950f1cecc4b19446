import type { ListFeature } from '../../stage/artifact.js';
import { EtudeError } from '../../util/errors.js';
import { extractorOf } from '../audio/extractors/index.js';
import type { FeatureExtractorConfig } from '../audio/feature-extractor.js';
import { paddingIn } from '../audio/padding.js';
import { PREPROCESSOR_CONFIG } from '../audio/preprocessor-config.js';
import { readPreprocessorConfig } from '../audio/read-preprocessor-config.js';
import { matrixFeature } from '../data/matrix.js';
import { loadModel } from '../model/checkpoint.js';
import { frameCount, type ModelConfig } from '../model/config.js';
import { familyOf } from '../model/families/index.js';
import type { Model } from '../model/model.js';
import { readEtudeFile } from '../model/read-etude-file.js';
import type { NamedFile } from '../model/tensor-files.js';
import { longestOf, padClips, roundedLength } from '../training/collate.js';
import { inputMismatch } from '../training/dataset-checks.js';
import { fixedLogits, type LogitsOf } from '../training/logits-session.js';
import { checkAttentionMemory } from './attention-memory.js';
import { noPreprocessor } from './locate-model.js';
import { prepareClip } from './prepare-clip.js';

/**
 * A trained model that classifies clips, as transformers' `pipeline("audio-classification")` does. The engine
 * must be open while it is in use.
 */
export class Classifier {
  readonly config: ModelConfig;
  /** Class names in the order of the logits. */
  readonly labels: readonly string[];
  readonly #graph: LogitsOf;

  private constructor(
    model: Model,
    readonly extractor: FeatureExtractorConfig,
    /** The longest training clip, in samples, if known. */
    readonly trainedLength: number | undefined,
  ) {
    this.config = model.config;
    this.labels = model.labels;
    this.#graph = fixedLogits(model, this.#pads);
  }

  /**
   * @throws EtudeError if a file is missing or damaged, or the model has no trained head.
   */
  static async open(files: readonly NamedFile[], name: string): Promise<Classifier> {
    const preprocessor = files.find((file) => file.name === PREPROCESSOR_CONFIG);
    if (preprocessor === undefined) throw noPreprocessor(name);
    const extractor = await readPreprocessorConfig(preprocessor.path);
    const etude = await readEtudeFile(files);
    const model = await loadModel(files, { lazily: true });
    const made = extractorOf(extractor).shape?.(extractor, {});
    const samples: ListFeature = { _type: 'List', feature: { _type: 'Value', dtype: 'float32' } };
    const feature = made === undefined ? samples : matrixFeature(made);
    const problem = inputMismatch(feature, PREPROCESSOR_CONFIG, model.config);
    if (problem !== undefined)
      throw new EtudeError(`the feature extractor of '${name}' does not fit its model`, {
        expected: problem.expected,
        got: problem.got,
        where: { file: preprocessor.path },
      });
    return new Classifier(model, extractor, etude?.max_input_length);
  }

  /**
   * The model's input for a clip. @throws EtudeError for one that is too short for a single frame, too loud
   * for 32 bits, or too long for the memory.
   */
  prepare(samples: Float32Array): Float32Array {
    const values = prepareClip(samples, this.extractor, this.config);
    checkAttentionMemory(this.config, values.length);
    return values;
  }

  /**
   * Logits of each prepared clip. Clips of different lengths go together only where padding changes nothing:
   * the model was trained with attention masks, and looks at each frame, or at valid ones, only.
   * Otherwise clips of equal length do, and the others alone.
   */
  logits(clips: readonly Float32Array[]): Float32Array[] {
    const results = new Array<Float32Array>(clips.length);
    for (const group of this.#groups(clips)) {
      const logits = this.#compute(group.map((index) => clips[index]!));
      for (const [row, index] of group.entries())
        results[index] = logits.slice(row * this.labels.length, (row + 1) * this.labels.length);
    }
    return results;
  }

  /** Prepared clips of which this is equal are computed together by `logits`. */
  groupOf({ length }: Float32Array): number {
    return this.#pads ? 0 : length;
  }

  get #pads(): boolean {
    const { return_attention_mask } = this.extractor;
    const { padding_side } = paddingIn(this.extractor);
    const { config } = this;
    const apart = config.feat_extract_norm === 'layer' && !familyOf(config).seesPadding;
    return return_attention_mask && padding_side === 'right' && apart;
  }

  #groups(clips: readonly Float32Array[]): number[][] {
    const groups = new Map<number, number[]>();
    for (const [index, clip] of clips.entries()) {
      const group = this.groupOf(clip);
      groups.set(group, [...(groups.get(group) ?? []), index]);
    }
    return [...groups.values()];
  }

  #compute(clips: readonly Float32Array[]): Float32Array {
    const lengths = clips.map(({ length }) => length);
    const longest = longestOf(lengths);
    const isFixed = this.config.spectrogram !== undefined;
    const width = isFixed ? longest : roundedLength(longest, Number.POSITIVE_INFINITY, this.config.row_size);
    const inputs = padClips(clips, paddingIn(this.extractor), width);
    const frames = Float32Array.from(lengths, (length) => frameCount(this.config, length));
    if (isFixed) return this.#graph.compute({ inputs, labels: [] });
    return this.#graph.compute({ inputs, frames, length: Float32Array.of(longest), labels: [] });
  }
}
