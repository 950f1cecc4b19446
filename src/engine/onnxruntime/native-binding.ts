import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Ort from 'onnxruntime-common';
import { locateOnnxRuntime } from './locate.js';

/** A session that runs synchronously. */
export interface NativeSession {
  run(
    feeds: Record<string, Ort.Tensor>,
    fetches: Record<string, Ort.Tensor | null>,
  ): Record<string, Ort.Tensor>;
  dispose(): void;
}

/** The part of onnxruntime-node that the back end uses. */
export interface Native {
  readonly version: string;
  /** Names of the execution providers that its binary knows. */
  readonly providers: readonly string[];
  tensor(
    type: 'float32' | 'int32' | 'bool' | 'int64',
    data: Float32Array | Int32Array | Uint8Array | BigInt64Array,
    dims: readonly number[],
  ): Ort.Tensor;
  /** @param model An ONNX model, or the path of one, whose weights may be in files beside it. */
  open(model: Uint8Array | string, options: Ort.InferenceSession.SessionOptions): NativeSession;
}

/** Thrown if onnxruntime-node cannot be loaded or is not the version that the back end knows. */
export class OnnxRuntimeUnavailable extends Error {
  override name = 'OnnxRuntimeUnavailable';
}

/** The synchronous session of onnxruntime-node's native addon (its `dist/binding.d.ts`). */
interface Binding {
  InferenceSession: new () => {
    loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
    loadModel(path: string, options: object): void;
    run(feeds: object, fetches: object, options: object): Record<string, Ort.Tensor>;
    dispose(): void;
  };
}

interface Install {
  version: string;
  folder: string;
  require: NodeJS.Require;
}

function findInstall(): Install {
  const install = locateOnnxRuntime();
  if (install === undefined)
    throw new OnnxRuntimeUnavailable("onnxruntime-node is missing: it should be in Etude's vendor folder");
  // Since 1.29 it reports sessions to Microsoft unless disabled; set the variable to 0 to enable that.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  return { ...install, require: createRequire(join(install.folder, 'package.json')) };
}

/** Loads what the public API of onnxruntime-node wraps. */
function loadInternal({ require }: Install): { binding: Binding; initOrt(): void } {
  try {
    return require('./dist/binding.js');
  } catch (error) {
    throw new OnnxRuntimeUnavailable(
      `onnxruntime-node cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
    );
  }
}

/**
 * Why onnxruntime-node does not load here: it is missing, or its binary does not work on the machine;
 * `undefined` if it does. Computes nothing and starts no threads.
 */
export function whyItDoesNotLoad(): string | undefined {
  try {
    const install = findInstall();
    try {
      // Everything that can fail, and twenty times as fast as loading it all.
      const { platform, arch } = process;
      install.require(`./bin/napi-v6/${platform}/${arch}/onnxruntime_binding.node`);
    } catch {
      loadInternal(install);
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

let loaded: Native | undefined;

/**
 * Loads onnxruntime-node.
 *
 * Its public API returns promises, but the native code behind it is synchronous, and a synchronous run is
 * what `dataSync` needs. So the back end calls the addon that the public API wraps, after checking that it
 * has the expected form; it also runs a one-node model in `selfTest` of the back end before anything depends
 * on it.
 */
export function loadNative(): Native {
  if (loaded) return loaded;
  const install = findInstall();
  const { version } = install;
  const module = loadInternal(install);
  const ort: typeof Ort & { listSupportedBackends(): { name: string }[] } = install.require(install.folder);
  const session = module.binding?.InferenceSession?.prototype;
  const known =
    typeof module.initOrt === 'function' &&
    typeof session?.loadModel === 'function' &&
    typeof session.run === 'function' &&
    typeof session.dispose === 'function';
  if (!known) {
    throw new OnnxRuntimeUnavailable(
      `onnxruntime-node ${version} does not have the synchronous sessions of 1.30.0; install 1.30.0`,
    );
  }
  module.initOrt();
  loaded = {
    version,
    providers: ort.listSupportedBackends().map(({ name }) => name),
    tensor: (type, data, dims) => new ort.Tensor(type, data as never, dims),
    open(model, options) {
      const native = new module.binding.InferenceSession();
      if (typeof model === 'string') native.loadModel(model, options);
      else native.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
      return {
        run: (feeds, fetches) => native.run(feeds, fetches, {}),
        dispose: () => native.dispose(),
      };
    },
  };
  return loaded;
}
