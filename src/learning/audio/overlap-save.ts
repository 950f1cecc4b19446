import type { FilterBank } from './filter-bank.js';
import type { FilterSpectra } from './filter-spectra.js';
import { TRANSFORM, twiddleFactors, twiddleOffset } from './fourier-tables.js';
import { copyWithZeros } from './polyphase.js';
import { IMAGINARY } from './simd/complex.js';
import { ELEMENT } from './simd/fourier.js';
import type { ResamplerKernel } from './simd/kernel.js';

/** Blocks in one transform: four lanes, two real signals per complex number. */
const BLOCKS = 8;

/** Addresses in the kernel's memory, in bytes. */
interface Layout {
  twiddles: number;
  spectra: number;
  streams: number;
  work: number;
  input: number;
  output: number;
  end: number;
}

/**
 * Filters by fast convolution (overlap-save, Stockham 1966), eight blocks of `useful` steps at a time: a
 * fifth of the work of `simdRows`. A block's transform is longer than the block by the reach of the filter,
 * and the elements that wrap around are not used.
 *
 * @param origin the input position of the first output
 */
export function overlapSave(
  samples: Float32Array,
  output: Float32Array,
  { taps, from, to }: FilterBank,
  { spectra, useful }: FilterSpectra,
  { run, memory }: ResamplerKernel,
  origin = 0,
): void {
  const inputLength = from * ((BLOCKS - 1) * useful + TRANSFORM);
  const groupOutputs = BLOCKS * useful * to;
  const layout = layOut(spectra.length, from, inputLength, groupOutputs);
  const floats = memory(layout.end / 4);
  floats.set(twiddleFactors(), layout.twiddles / 4);
  floats.set(spectra, layout.spectra / 4);
  const input = floats.subarray(layout.input / 4, layout.input / 4 + inputLength);
  const bytes = TRANSFORM * ELEMENT;

  for (let group = 0; group * groupOutputs < output.length; group++) {
    copyWithZeros(samples, origin + group * BLOCKS * useful * from - taps / 2 + 1, input);
    for (let q = 0; q < from; q++) {
      const stream = layout.streams + q * bytes;
      for (const half of [0, 1]) {
        const source = layout.input + 4 * (q + half * 4 * useful * from);
        const target = stream + half * IMAGINARY;
        run.gather(target, target + bytes, source, 4 * useful * from, 4 * from);
      }
      forward(run, stream, layout.twiddles);
    }
    for (let p = 0; p < to; p++) {
      for (let q = 0; q < from; q++) {
        const stream = layout.streams + q * bytes;
        const spectrum = layout.spectra + (p * from + q) * TRANSFORM * 8;
        (q === 0 ? run.storeProduct : run.addProduct)(stream, stream + bytes, spectrum, layout.work);
      }
      inverse(run, layout.work, layout.twiddles);
      for (const half of [0, 1]) {
        const source = layout.work + half * IMAGINARY;
        const target = layout.output + 4 * (p + half * 4 * useful * to);
        run.scatter(source, source + useful * ELEMENT, target, 4 * useful * to, 4 * to);
      }
    }
    const end = Math.min(groupOutputs, output.length - group * groupOutputs);
    output.set(floats.subarray(layout.output / 4, layout.output / 4 + end), group * groupOutputs);
  }
}

function layOut(spectra: number, streams: number, inputLength: number, outputLength: number): Layout {
  let end = 0;
  const place = (floats: number) => {
    const start = end;
    end += Math.ceil(floats / 16) * 64;
    return start;
  };
  return {
    twiddles: place(twiddleFactors().length),
    spectra: place(spectra),
    streams: place(streams * TRANSFORM * (ELEMENT / 4)),
    work: place(TRANSFORM * (ELEMENT / 4)),
    input: place(inputLength),
    output: place(outputLength),
    get end() {
      return end;
    },
  };
}

function forward(run: ResamplerKernel['run'], data: number, twiddles: number): void {
  const dataEnd = data + TRANSFORM * ELEMENT;
  for (let quarter = TRANSFORM / 4; quarter > 1; quarter /= 4) {
    run.forward(data, dataEnd, quarter * ELEMENT, twiddles + twiddleOffset(quarter));
  }
  run.forwardPlain(data, dataEnd, ELEMENT, twiddles);
}

function inverse(run: ResamplerKernel['run'], data: number, twiddles: number): void {
  const dataEnd = data + TRANSFORM * ELEMENT;
  run.inversePlain(data, dataEnd, ELEMENT, twiddles);
  for (let quarter = 4; quarter < TRANSFORM; quarter *= 4) {
    run.inverse(data, dataEnd, quarter * ELEMENT, twiddles + twiddleOffset(quarter));
  }
}
