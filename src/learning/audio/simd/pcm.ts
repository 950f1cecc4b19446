import { f32x4, i32, local, repeatWhile, type SimdFunction } from '../../../wasm/assembler.js';
import { compileSimd } from '../../../wasm/compile.js';

/** Samples that are converted at a time. */
export const PCM_BLOCK = 8192;

let compiled: { kernel: ReturnType<typeof compileInt16> } | undefined;

/**
 * Converts little-endian int16 samples to float32, scaling 32768 to 1.
 *
 * @param data two bytes per sample, at any address
 * @returns false, with nothing done, if the machine has no WebAssembly SIMD
 */
export function convertInt16(data: Uint8Array, samples: Float32Array): boolean {
  compiled ??= { kernel: compileInt16() };
  const { kernel } = compiled;
  if (kernel === undefined) return false;
  const output = kernel.memory(2 * PCM_BLOCK);
  const outputAt = 4 * PCM_BLOCK;
  const input = new Uint8Array(output.buffer, 0, 2 * PCM_BLOCK);
  for (let start = 0; start < samples.length; start += PCM_BLOCK) {
    const count = Math.min(PCM_BLOCK, samples.length - start);
    input.set(data.subarray(2 * start, 2 * (start + count)));
    kernel.run.int16ToFloat32(0, 2 * count, outputAt);
    samples.set(output.subarray(outputAt / 4, outputAt / 4 + count), start);
  }
  return true;
}

function compileInt16() {
  return compileSimd({ int16ToFloat32: int16ToFloat32() });
}

/** `(source, sourceEnd, target)`: four samples at a time, even if fewer are left. */
function int16ToFloat32(): SimdFunction {
  const [source, sourceEnd, target] = [0, 1, 2];
  const value = f32x4.multiply(f32x4.loadInt16(local.get(source)), f32x4.constant(1 / 32768));
  const body = [
    f32x4.store(local.get(target), value),
    local.set(source, i32.add(local.get(source), i32.constant(8))),
    local.set(target, i32.add(local.get(target), i32.constant(16))),
  ];
  return {
    parameters: 3,
    locals: [],
    body: [repeatWhile(body, i32.less(local.get(source), local.get(sourceEnd)))],
  };
}
