import type { Initializer, OnnxGraph } from '../../graph/onnx-graph.js';
import { replaceLayers } from './replace-layers.js';

/** Weights of an output that share a scale, as transformers.js' own models have it. */
const BLOCK = 32;

/**
 * The graph with layers whose weights have 4 bits, in blocks with a scale each (`MatMulNBits` of ONNX
 * Runtime). Convolutions stay as they are.
 */
export function toBlocksOf4Bits(graph: OnnxGraph): OnnxGraph {
  return replaceLayers(graph, ({ node, x, weight }) => {
    const [K, N] = weight.shape as [number, number];
    const [packed, scales] = quantise(weight, K, N);
    const attributes = { K, N, bits: 4, block_size: BLOCK, accuracy_level: ACCURACY };
    const inputs = [x, packed, scales];
    return {
      nodes: [{ ...node, op: 'MatMulNBits', domain: 'com.microsoft', inputs, attributes }],
      initializers: [packed, scales],
    };
  });
}

/** Products are computed with integers of 8 bits where the machine has them. */
const ACCURACY = 4;

/**
 * A weight [in, out] as integers from 0 to 15, of which 8 is 0, two in a byte, [out, blocks, BLOCK / 2], and
 * the scales, [out · blocks]. The number farthest from 0 is the lowest integer, as there is one more below 0.
 */
function quantise(
  { name, data }: Initializer,
  inputs: number,
  outputs: number,
): [packed: Initializer, scales: Initializer] {
  const values = data as Float32Array;
  const blocks = Math.ceil(inputs / BLOCK);
  const packed = new Uint8Array((outputs * blocks * BLOCK) / 2);
  const scales = new Float32Array(outputs * blocks);
  for (let output = 0; output < outputs; output += 1) {
    for (let block = 0; block < blocks; block += 1) {
      const first = block * BLOCK;
      const end = Math.min(first + BLOCK, inputs);
      let farthest = 0;
      for (let input = first; input < end; input += 1) {
        const value = values[input * outputs + output]!;
        if (Math.abs(value) > Math.abs(farthest)) farthest = value;
      }
      const place = output * blocks + block;
      const scale = farthest / -8 || 1;
      scales[place] = scale;
      for (let index = 0; index < BLOCK; index += 1) {
        const input = first + index;
        const value = input < end ? values[input * outputs + output]! : 0;
        const integer = Math.min(15, Math.max(0, Math.round(value / scale) + 8));
        packed[place * (BLOCK / 2) + (index >> 1)]! |= integer << (4 * (index & 1));
      }
    }
  }
  return [
    { name: `${name}_q4`, type: 'uint8', shape: [outputs, blocks, BLOCK / 2], data: packed },
    { name: `${name}_scales`, type: 'float32', shape: [outputs * blocks], data: scales },
  ];
}
