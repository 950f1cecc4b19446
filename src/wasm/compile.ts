import { assemble, type SimdFunction } from './assembler.js';

const PAGE = 65536;

/**
 * Compiled functions by name. All parameters are addresses and sizes, in bytes of the memory that they work
 * in.
 */
export type SimdFunctions<Name extends string> = Readonly<Record<Name, (...parameters: number[]) => void>>;

/** Functions with their own memory. */
export interface SimdKernel<Name extends string> {
  run: SimdFunctions<Name>;
  /**
   * The memory as float32, at least `floats` long; grows it if necessary, which invalidates earlier views.
   */
  memory(floats: number): Float32Array;
}

/** Compiles functions with their own memory; `undefined` if the machine has no WebAssembly SIMD. */
export function compileSimd<Name extends string>(
  functions: Readonly<Record<Name, SimdFunction>>,
): SimdKernel<Name> | undefined {
  const code = assemble(functions);
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(code)) return undefined;
  const memory = new WebAssembly.Memory({ initial: 1 });
  return {
    run: instantiate(code, memory) as SimdFunctions<Name>,
    memory(floats) {
      const missing = Math.ceil((floats * 4) / PAGE) - memory.buffer.byteLength / PAGE;
      if (missing > 0) memory.grow(missing);
      return new Float32Array(memory.buffer);
    },
  };
}

/** Compiles functions that work in this memory. */
export function compileSimdIn<Name extends string>(
  functions: Readonly<Record<Name, SimdFunction>>,
  memory: WebAssembly.Memory,
): SimdFunctions<Name> {
  return instantiate(assemble(functions), memory) as SimdFunctions<Name>;
}

function instantiate(code: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): Record<string, unknown> {
  return new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } }).exports;
}
