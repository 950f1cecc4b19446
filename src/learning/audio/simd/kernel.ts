import { compileSimd } from '../../../wasm/compile.js';
import { dotRows } from './dot-rows.js';
import { applySpectrum, fourierPass, gatherSignals, scatterSignals } from './fourier.js';

export type ResamplerKernel = NonNullable<ReturnType<typeof compileResampler>>;

/** The SIMD functions of the resampler; `undefined` if the machine has no WebAssembly SIMD. */
export function compileResampler() {
  return compileSimd({
    dotRows: dotRows(),
    forward: fourierPass('forward', false),
    forwardPlain: fourierPass('forward', true),
    inverse: fourierPass('inverse', false),
    inversePlain: fourierPass('inverse', true),
    storeProduct: applySpectrum('store'),
    addProduct: applySpectrum('add'),
    gather: gatherSignals(),
    scatter: scatterSignals(),
  });
}
