import { EtudeError } from '../../util/errors.js';
import type { TensorFlowInstall } from './locate.js';

/** How to get TensorFlow, for the hint of an error. */
const howToGet =
  'npm install @tensorflow/tfjs-node@4.22.0 (or tfjs-node-gpu: NVIDIA GPU with CUDA 11.2 and cuDNN 8.1); if that ' +
  "cannot download its library, run Etude's scripts/build-tensorflow.mjs (see docs/engines.md); or use engine onnxruntime";

/** What computes, as in fingerprints and `doctor`. */
export function describeTensorFlow({ name, version }: TensorFlowInstall, library: string): string {
  return `${name.replace('@tensorflow/', '')} ${version} with TensorFlow ${library}`;
}

/** The error for a machine on which no TensorFlow works, from the problems with those found. */
export function noTensorFlow(problems: readonly string[]): EtudeError {
  return new EtudeError(problems[0] ?? 'TensorFlow is not installed', {
    got: problems.length > 1 ? problems.slice(1).join('; ') : undefined,
    hint: howToGet,
  });
}
