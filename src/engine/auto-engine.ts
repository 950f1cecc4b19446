import type { EngineName } from './engine-type.js';
import { whyItDoesNotLoad } from './onnxruntime/native-binding.js';
import { type TensorFlowProbe, tensorFlowOnGpu } from './tensorflow/probe.js';

/** The engine that `auto` means on this machine. */
export interface Automatic {
  name: EngineName;
  /** Why it is that one rather than those before it. */
  why: string;
  /** Whether the user may be surprised: a GPU that is not used, or JavaScript instead of native code. */
  surprising: boolean;
  /** For `tensorflow`, what was found out by trying it. */
  tensorflow?: TensorFlowProbe;
}

/**
 * Decides what `auto` means: `tensorflow` if it works and computes on a GPU, otherwise `onnxruntime` if it
 * loads, otherwise `cpu`. TensorFlow is tried only if it is installed and the machine may have a GPU; ONNX
 * Runtime's library is loaded, which takes a few milliseconds, and nothing is computed with it.
 */
export async function automatic(): Promise<Automatic> {
  const found = await tensorFlowOnGpu();
  if ('version' in found)
    return { name: 'tensorflow', why: 'it computes on a GPU', surprising: false, tensorflow: found };
  const broken = whyItDoesNotLoad();
  if (broken === undefined) return { name: 'onnxruntime', ...found };
  return { name: 'cpu', why: `${broken}; ${found.why}`, surprising: true };
}
