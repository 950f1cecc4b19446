import { assemble, type SimdFunction } from './assembler.js';

/** The part of the global that is used here; TypeScript knows it only together with a browser's. */
declare const WebAssembly: {
  validate(code: Uint8Array): boolean;
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

const PAGE = 65536;

/** Functions, and the memory that they work in. All addresses and sizes are bytes in it. */
export interface SimdKernel<Name extends string> {
  run: Readonly<Record<Name, (...parameters: number[]) => void>>;
  /** The memory as float32, at least `floats` long; grows it where needed, which ends earlier views. */
  memory(floats: number): Float32Array;
}

/** Compiles functions; `undefined` where the machine has no WebAssembly SIMD. */
export function compileSimd<Name extends string>(
  functions: Readonly<Record<Name, SimdFunction>>,
): SimdKernel<Name> | undefined {
  const code = assemble(functions);
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(code)) return undefined;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory } });
  return {
    run: instance.exports as SimdKernel<Name>['run'],
    memory(floats) {
      const missing = Math.ceil((floats * 4) / PAGE) - memory.buffer.byteLength / PAGE;
      if (missing > 0) memory.grow(missing);
      return new Float32Array(memory.buffer);
    },
  };
}
