import { loadNative } from './native-binding.js';

/** What an input of a model is fed with. */
export interface Feed {
  data: Float32Array | BigInt64Array;
  shape: readonly number[];
}

/** A model of floats that is opened from a file. */
export interface OpenedModel {
  /** Computes the only output, from inputs by name. */
  run(inputs: Readonly<Record<string, Feed>>): Float32Array;
  dispose(): void;
}

/**
 * Opens an ONNX model with one output on the processor.
 *
 * @param path Weights may be in files beside it.
 * @throws Error of ONNX Runtime for a file that is not a model, or one that it cannot run.
 */
export function openModel(path: string, output: string, threads: number): OpenedModel {
  const native = loadNative();
  const session = native.open(path, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  return {
    run(inputs) {
      const feeds = Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        native.tensor(data instanceof Float32Array ? 'float32' : 'int64', data, shape),
      ]);
      return session.run(Object.fromEntries(feeds), { [output]: null })[output]!.data as Float32Array;
    },
    dispose: () => session.dispose(),
  };
}
