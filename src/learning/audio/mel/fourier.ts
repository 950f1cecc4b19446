/** A pass of a transform: butterflies of `radix` elements, over parts of `length` elements that are done. */
interface Pass {
  radix: number;
  length: number;
  /** e^(−2πi·j·q / (radix · length)) for element q of the part and leg j: [q][j] as pairs. */
  twiddles: Float64Array;
  /** e^(−2πi·j·k / radix), [k][j] as pairs. */
  roots: Float64Array;
}

/** Complex numbers. */
interface Complex {
  re: Float64Array;
  im: Float64Array;
}

/**
 * Discrete Fourier transforms of `size` complex numbers in float64, of any size: fast where it has small
 * factors only (Stockham's autosort algorithm; Van Loan, "Computational Frameworks for the Fast Fourier
 * Transform", 1992).
 *
 * @returns A function that returns the transform of its input, in memory that the next call overwrites; the
 * input is overwritten, too.
 */
export function fourier(size: number): (re: Float64Array, im: Float64Array) => Complex {
  const passes = passesOf(size);
  const spare = { re: new Float64Array(size), im: new Float64Array(size) };
  return (re, im) => {
    let [from, to]: [Complex, Complex] = [{ re, im }, spare];
    for (const pass of passes) {
      if (pass.radix === 4) quarters(from, to, pass, size);
      else butterflies(from, to, pass, size);
      [from, to] = [to, from];
    }
    return from;
  };
}

function passesOf(size: number): Pass[] {
  const passes: Pass[] = [];
  for (let length = 1; length < size; ) {
    const radix = radixOf(size / length);
    const twiddles = new Float64Array(2 * radix * length);
    for (let q = 0; q < length; q++)
      for (let j = 0; j < radix; j++) setRoot(twiddles, q * radix + j, j * q, radix * length);
    const roots = new Float64Array(2 * radix * radix);
    for (let k = 0; k < radix; k++)
      for (let j = 0; j < radix; j++) setRoot(roots, k * radix + j, (j * k) % radix, radix);
    passes.push({ radix, length, twiddles, roots });
    length *= radix;
  }
  return passes;
}

/** 4 if it divides what is left, otherwise the smallest factor. */
function radixOf(rest: number): number {
  if (rest % 4 === 0) return 4;
  let radix = 2;
  while (rest % radix !== 0) radix += 1;
  return radix;
}

function setRoot(pairs: Float64Array, at: number, step: number, of: number): void {
  const angle = (-2 * Math.PI * step) / of;
  pairs[2 * at] = Math.cos(angle);
  pairs[2 * at + 1] = Math.sin(angle);
}

// Without arrays and iterators in their inner loops, which take most of the time.

function butterflies(from: Complex, to: Complex, { radix, length, twiddles, roots }: Pass, size: number) {
  const groups = size / (radix * length);
  const re = new Float64Array(radix);
  const im = new Float64Array(radix);
  for (let q = 0; q < length; q++) {
    for (let group = 0; group < groups; group++) {
      for (let j = 0; j < radix; j++) {
        const source = (q * radix + j) * groups + group;
        const x = from.re[source]!;
        const y = from.im[source]!;
        const c = twiddles[2 * (q * radix + j)]!;
        const s = twiddles[2 * (q * radix + j) + 1]!;
        re[j] = x * c - y * s;
        im[j] = x * s + y * c;
      }
      for (let k = 0; k < radix; k++) {
        let real = re[0]!;
        let imaginary = im[0]!;
        for (let j = 1; j < radix; j++) {
          const c = roots[2 * (k * radix + j)]!;
          const s = roots[2 * (k * radix + j) + 1]!;
          real += re[j]! * c - im[j]! * s;
          imaginary += re[j]! * s + im[j]! * c;
        }
        const target = (q + k * length) * groups + group;
        to.re[target] = real;
        to.im[target] = imaginary;
      }
    }
  }
}

/** The same of radix 4, which needs no roots: they are 1, −i, −1 and i. */
function quarters(from: Complex, to: Complex, { length, twiddles }: Pass, size: number) {
  const groups = size / (4 * length);
  const step = length * groups;
  const { re: a, im: b } = from;
  const { re: x, im: y } = to;
  for (let q = 0; q < length; q++) {
    const c1 = twiddles[8 * q + 2]!;
    const s1 = twiddles[8 * q + 3]!;
    const c2 = twiddles[8 * q + 4]!;
    const s2 = twiddles[8 * q + 5]!;
    const c3 = twiddles[8 * q + 6]!;
    const s3 = twiddles[8 * q + 7]!;
    for (let group = 0; group < groups; group++) {
      const at0 = 4 * q * groups + group;
      const at1 = at0 + groups;
      const at2 = at1 + groups;
      const at3 = at2 + groups;
      const a1 = a[at1]! * c1 - b[at1]! * s1;
      const b1 = a[at1]! * s1 + b[at1]! * c1;
      const a2 = a[at2]! * c2 - b[at2]! * s2;
      const b2 = a[at2]! * s2 + b[at2]! * c2;
      const a3 = a[at3]! * c3 - b[at3]! * s3;
      const b3 = a[at3]! * s3 + b[at3]! * c3;
      const evenA = a[at0]! + a2;
      const evenB = b[at0]! + b2;
      const oddA = a[at0]! - a2;
      const oddB = b[at0]! - b2;
      const target = q * groups + group;
      x[target] = evenA + (a1 + a3);
      y[target] = evenB + (b1 + b3);
      x[target + step] = oddA + (b1 - b3);
      y[target + step] = oddB - (a1 - a3);
      x[target + 2 * step] = evenA - (a1 + a3);
      y[target + 2 * step] = evenB - (b1 + b3);
      x[target + 3 * step] = oddA - (b1 - b3);
      y[target + 3 * step] = oddB + (a1 - a3);
    }
  }
}
