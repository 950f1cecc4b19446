import { loadNative, type Native } from './native-binding.js';

/** What an input of a model is fed with. */
export interface Feed {
  data: Float32Array | BigInt64Array;
  shape: readonly number[];
}

/** An ONNX model that can be run. */
export interface OpenedModel {
  /** Computes the only output, of floats, from inputs by name. */
  run(inputs: Readonly<Record<string, Feed>>): Float32Array;
  /** Whether it was not closed. */
  isOpen(): boolean;
  dispose(): void;
}

export interface ModelOptions {
  /** The name of the output. */
  output: string;
  threads: number;
  /** Idle threads spin. Default false. */
  spin?: boolean;
  /** Where the files are that a model in memory names. */
  folder?: string;
}

/**
 * Opens an ONNX model with one output on the processor.
 *
 * @param model Its bytes, or the path of its file. Weights may be in other files, beside it or in `folder`.
 * @throws Error of ONNX Runtime for what is not a model, or one that it cannot run.
 */
export function openModel(
  model: Uint8Array | string,
  { output, threads, spin = false, folder }: ModelOptions,
  native: Native = loadNative(),
): OpenedModel {
  const inFolder = folder === undefined ? {} : { model_external_initializers_file_folder_path: folder };
  const session = native.open(model, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 3,
    // It would be kept for each length that clips have.
    enableMemPattern: false,
    extra: { session: { intra_op: { allow_spinning: spin ? '1' : '0' }, ...inFolder } },
  });
  let isOpen = true;
  return {
    run(inputs) {
      const feeds = Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        native.tensor(data instanceof Float32Array ? 'float32' : 'int64', data, shape),
      ]);
      return session.run(Object.fromEntries(feeds), { [output]: null })[output]!.data as Float32Array;
    },
    isOpen: () => isOpen,
    dispose() {
      if (isOpen) session.dispose();
      isOpen = false;
    },
  };
}
