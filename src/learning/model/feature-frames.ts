import { framesByLayer, type ModelConfig } from './config.js';
import { isPaired } from './conv-kernels.js';

/**
 * The lengths of the inputs of the feature encoder's layers, so that each paired one gets whole rows of four
 * frames: of the samples, then of each layer's output but the last one's. What exceeds a clip makes frames
 * that are cut off at the end.
 *
 * @param samples Of a clip.
 */
export function inputLengths(config: ModelConfig, samples: number): number[] {
  const { conv_kernel, conv_stride } = config;
  const counts = framesByLayer(config, samples);
  const lengths = new Array<number>(counts.length);
  let needed = counts.at(-1)!;
  for (let index = counts.length - 1; index >= 0; index -= 1) {
    // Of its two results per row, a paired layer's last one does not count.
    needed = isPaired(config, index)
      ? 4 * Math.max(Math.ceil(needed / 2), Math.floor(counts[index]! / 2) + 1)
      : (needed - 1) * conv_stride[index]! + conv_kernel[index]!;
    lengths[index] = needed;
  }
  return lengths;
}
