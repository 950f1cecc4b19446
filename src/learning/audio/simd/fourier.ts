import {
  type Code,
  f32x4,
  i32,
  local,
  repeatWhile,
  type SimdFunction,
  type,
} from '../../../wasm/assembler.js';
import {
  add,
  addTurned,
  type Complex,
  complex,
  multiply,
  multiplyConjugate,
  store,
  subtract,
  subtractTurned,
} from './complex.js';

/*
 * The passes of a fast Fourier transform of eight real signals at once. Element n of a transform is eight
 * float32: the real parts of four complex numbers, then their imaginary parts. The four lanes are independent
 * transforms, and a complex number contains two real signals, one in each part: filters with real
 * coefficients keep them apart.
 *
 * The forward passes take natural order to digit-reversed order, the inverse ones take it back (decimation in
 * frequency, Gentleman and Sande 1966; in time, Cooley and Tukey 1965), so that nothing is ever reordered.
 * All are radix 4.
 */

/** Bytes of an element. */
export const ELEMENT = 32;

/** Bytes of the twiddle factors of one butterfly: w, w² and w³ as pairs of float32. */
export const TWIDDLES = 24;

const advance = (variable: number, step: Code) => local.set(variable, i32.add(local.get(variable), step));

/**
 * One pass over a transform, in place: `(data, dataEnd, quarter, twiddles)`. The elements form runs of four
 * times `quarter` bytes; butterfly j of a run uses element j of each quarter and has its factors at `twiddles
 * + j·TWIDDLES`. The pass whose quarters are one element (`plain`) needs no factors.
 */
export function fourierPass(direction: 'forward' | 'inverse', plain: boolean): SimdFunction {
  const [data, dataEnd, quarter, twiddles, quarterEnd, twiddle] = [0, 1, 2, 3, 4, 5];
  const legs = [data, 6, 7, 8];
  const firstVector = 9;
  let vectors = firstVector;
  const butterfly: Code[] = [];
  /** Computes a complex number once, for several uses. */
  const keep = ({ re, im }: Complex): Complex => {
    const [reLocal, imLocal] = [vectors++, vectors++];
    butterfly.push(local.set(reLocal, re), local.set(imLocal, im));
    return { re: local.get(reLocal), im: local.get(imLocal) };
  };
  const factor = (leg: number) => complex.loadSplat(local.get(twiddle), 8 * (leg - 1));
  const isTurned = (leg: number) => !plain && leg > 0;

  // An inverse pass multiplies what enters a butterfly, a forward one what leaves it.
  const [a, b, c, d] = legs.map((address, leg) => {
    const value = keep(complex.load(local.get(address)));
    return direction === 'inverse' && isTurned(leg) ? keep(multiplyConjugate(value, factor(leg))) : value;
  }) as [Complex, Complex, Complex, Complex];
  const [ac, acLess, bd, bdLess] = [
    keep(add(a, c)),
    keep(subtract(a, c)),
    keep(add(b, d)),
    keep(subtract(b, d)),
  ];
  const [second, fourth] =
    direction === 'inverse' ? [addTurned, subtractTurned] : [subtractTurned, addTurned];
  const outputs = [add(ac, bd), second(acLess, bdLess), subtract(ac, bd), fourth(acLess, bdLess)];
  outputs.forEach((value, leg) => {
    const leaving = direction === 'forward' && isTurned(leg) ? multiply(keep(value), factor(leg)) : value;
    butterfly.push(store(local.get(legs[leg]!), leaving));
  });

  const run = [
    local.set(twiddle, local.get(twiddles)),
    local.set(quarterEnd, i32.add(local.get(data), local.get(quarter))),
    ...[1, 2, 3].map((leg) => local.set(legs[leg]!, i32.add(local.get(legs[leg - 1]!), local.get(quarter)))),
    repeatWhile(
      [
        ...butterfly,
        ...legs.map((leg) => advance(leg, i32.constant(ELEMENT))),
        advance(twiddle, i32.constant(TWIDDLES)),
      ],
      i32.less(local.get(data), local.get(quarterEnd)),
    ),
    // The last quarter ends where the next run begins.
    local.set(data, local.get(legs[3]!)),
  ];
  return {
    parameters: 4,
    locals: [
      ...new Array<number>(firstVector - 4).fill(type.i32),
      ...new Array<number>(vectors - firstVector).fill(type.v128),
    ],
    body: [repeatWhile(run, i32.less(local.get(data), local.get(dataEnd)))],
  };
}

/**
 * `(source, sourceEnd, spectrum, target)`: multiplies each element with one complex number, a pair of
 * float32, and stores or adds it.
 */
export function applySpectrum(mode: 'store' | 'add'): SimdFunction {
  const [source, sourceEnd, spectrum, target, re, im] = [0, 1, 2, 3, 4, 5];
  const value = complex.load(local.get(source));
  const product = multiply({ re: local.get(re), im: local.get(im) }, complex.loadSplat(local.get(spectrum)));
  const result = mode === 'add' ? add(complex.load(local.get(target)), product) : product;
  const body = [
    local.set(re, value.re),
    local.set(im, value.im),
    store(local.get(target), result),
    advance(source, i32.constant(ELEMENT)),
    advance(spectrum, i32.constant(8)),
    advance(target, i32.constant(ELEMENT)),
  ];
  return {
    parameters: 4,
    locals: [type.v128, type.v128],
    body: [repeatWhile(body, i32.less(local.get(source), local.get(sourceEnd)))],
  };
}

/**
 * Loads four real signals into one part, real or imaginary, of the elements: `(target, targetEnd, source,
 * signalStep, step)`. Signal k begins at `source + k·signalStep`, and its samples are `step` bytes apart.
 */
export function gatherSignals(): SimdFunction {
  const [target, targetEnd, source, , step] = [0, 1, 2, 3, 4];
  const signals = [source, 5, 6, 7];
  const lanes = signals.reduce<Code>(
    (vector, signal, lane) => f32x4.loadLane(local.get(signal), vector, lane),
    f32x4.constant(0),
  );
  return laneCopy(
    signals,
    [
      f32x4.store(local.get(target), lanes),
      ...signals.map((signal) => advance(signal, local.get(step))),
      advance(target, i32.constant(ELEMENT)),
    ],
    i32.less(local.get(target), local.get(targetEnd)),
  );
}

/** The reverse: `(source, sourceEnd, target, signalStep, step)`. */
export function scatterSignals(): SimdFunction {
  const [source, sourceEnd, target, , step] = [0, 1, 2, 3, 4];
  const signals = [target, 5, 6, 7];
  const vector = 8;
  return laneCopy(
    signals,
    [
      local.set(vector, f32x4.load(local.get(source))),
      ...signals.map((signal, lane) => f32x4.storeLane(local.get(signal), local.get(vector), lane)),
      ...signals.map((signal) => advance(signal, local.get(step))),
      advance(source, i32.constant(ELEMENT)),
    ],
    i32.less(local.get(source), local.get(sourceEnd)),
  );
}

/** A loop over four signals whose samples are at the addresses `signals`, parameter 3 apart. */
function laneCopy(signals: readonly number[], body: readonly Code[], condition: Code): SimdFunction {
  const begin = signals
    .slice(1)
    .map((signal, k) => local.set(signal, i32.add(local.get(signals[k]!), local.get(3))));
  return {
    parameters: 5,
    locals: [type.i32, type.i32, type.i32, type.v128],
    body: [...begin, repeatWhile(body, condition)],
  };
}
