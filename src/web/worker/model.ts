import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { resample } from '../../learning/audio/resample.js';
import { shapeOfClips } from '../../learning/model/config.js';
import { prepareClip } from '../../learning/predict/prepare-clip.js';
import { activationOf, bestScores } from '../../learning/predict/scores.js';
import { ClassifierError } from '../classifier-error.js';
import type { Classification, LoadProgress, Samples } from '../types.js';
import { type Description, describeModel } from './describe-model.js';
import { fetchFile, nameOf } from './fetch-file.js';

const MASK = 'attention_mask';

/** What computes, beside this file. */
const RUNTIME = {
  mjs: new URL('./ort-wasm-simd-threaded.mjs', import.meta.url),
  wasm: new URL('./ort-wasm-simd-threaded.wasm', import.meta.url),
};

/** A model that is ready to compute. */
export class Model {
  private constructor(
    readonly description: Description,
    readonly session: InferenceSession,
  ) {}

  /** @throws ClassifierError for what is missing or damaged */
  static async open(
    folder: URL,
    { dtype, threads }: { dtype: Description['dtype'] | undefined; threads: number },
    onProgress: (progress: LoadProgress) => void,
  ): Promise<Model> {
    const description = await describeModel(folder, dtype);
    const progress = sumOf(2, onProgress);
    const [wasm, graph] = await Promise.all([
      fetchFile(RUNTIME.wasm, 'It must be beside classifier.js.', progress(0)),
      fetchFile(description.url, `Export the model with --dtype ${description.dtype}.`, progress(1)),
    ]);
    env.logLevel = 'error';
    env.wasm.numThreads = threads;
    env.wasm.wasmPaths = { mjs: RUNTIME.mjs, wasm: RUNTIME.wasm };
    env.wasm.wasmBinary = wasm.buffer;
    try {
      const session = await InferenceSession.create(graph, { executionProviders: ['wasm'] });
      return new Model(description, session);
    } catch (cause) {
      throw new ClassifierError(
        'model',
        `${nameOf(description.url)} cannot be opened: ${(cause as Error).message}`,
        'It may be damaged, or too large for this browser: try another data type.',
      );
    }
  }

  /** Computes as `etude predict` does for one clip. */
  async classify({ samples, samplingRate }: Samples, topK: number): Promise<Classification> {
    const { config, extractor, labels } = this.description;
    const prepared = prepareClip(resample(samples, samplingRate, extractor.sampling_rate), extractor, config);
    const { inputNames } = this.session;
    const input = inputNames.find((name) => name !== MASK)!;
    const shape = shapeOfClips(config, 1, prepared.length);
    const feeds: Record<string, Tensor> = { [input]: new Tensor('float32', prepared, shape) };
    if (inputNames.includes(MASK)) {
      const length = prepared.length / (config.row_size ?? 1);
      feeds[MASK] = new Tensor('int64', new BigInt64Array(length).fill(1n), [1, length]);
    }
    const { logits } = await this.session.run(feeds);
    const scores = bestScores(logits!.data as Float32Array, labels, activationOf(config), topK);
    return { scores, duration: samples.length / samplingRate };
  }
}

/** Adds up the progress of several files. */
function sumOf(files: number, onProgress: (progress: LoadProgress) => void) {
  const all: (LoadProgress | undefined)[] = new Array(files).fill(undefined);
  return (file: number) => (progress: LoadProgress) => {
    all[file] = progress;
    const known = all.every((each) => each?.total !== undefined);
    onProgress({
      loaded: all.reduce((sum, each) => sum + (each?.loaded ?? 0), 0),
      ...(known && { total: all.reduce((sum, each) => sum + each!.total!, 0) }),
    });
  };
}
