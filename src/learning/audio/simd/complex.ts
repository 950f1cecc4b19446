import { type Code, f32x4 } from '../../../wasm/assembler.js';

/** The code of four complex numbers: their real and their imaginary parts. */
export interface Complex {
  re: Code;
  im: Code;
}

/** Bytes from the real to the imaginary parts in memory. */
export const IMAGINARY = 16;

export const complex = {
  load: (address: Code): Complex => ({ re: f32x4.load(address), im: f32x4.load(address, IMAGINARY) }),
  /** One complex number, a pair of float32, four times. */
  loadSplat: (address: Code, offset = 0): Complex => ({
    re: f32x4.loadSplat(address, offset),
    im: f32x4.loadSplat(address, offset + 4),
  }),
};

export function store(address: Code, value: Complex): Code {
  return [...f32x4.store(address, value.re), ...f32x4.store(address, value.im, IMAGINARY)];
}

export function add(a: Complex, b: Complex): Complex {
  return { re: f32x4.add(a.re, b.re), im: f32x4.add(a.im, b.im) };
}

export function subtract(a: Complex, b: Complex): Complex {
  return { re: f32x4.subtract(a.re, b.re), im: f32x4.subtract(a.im, b.im) };
}

/** a + i·b */
export function addTurned(a: Complex, b: Complex): Complex {
  return { re: f32x4.subtract(a.re, b.im), im: f32x4.add(a.im, b.re) };
}

/** a − i·b */
export function subtractTurned(a: Complex, b: Complex): Complex {
  return { re: f32x4.add(a.re, b.im), im: f32x4.subtract(a.im, b.re) };
}

/** Uses the code of `a` and `b` twice each. */
export function multiply(a: Complex, b: Complex): Complex {
  return {
    re: f32x4.subtract(f32x4.multiply(a.re, b.re), f32x4.multiply(a.im, b.im)),
    im: f32x4.add(f32x4.multiply(a.re, b.im), f32x4.multiply(a.im, b.re)),
  };
}

/** a · conj(b) */
export function multiplyConjugate(a: Complex, b: Complex): Complex {
  return {
    re: f32x4.add(f32x4.multiply(a.re, b.re), f32x4.multiply(a.im, b.im)),
    im: f32x4.subtract(f32x4.multiply(a.im, b.re), f32x4.multiply(a.re, b.im)),
  };
}
