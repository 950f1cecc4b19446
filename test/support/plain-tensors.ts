/** A tensor as plain data, to be created on each back end. */
export interface Data {
  shape: number[];
  dtype: 'float32' | 'int32' | 'bool';
  values: number[];
}

/** Numbers in [0, 1) from a linear congruential generator: the same in every run. */
export function generator(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = generator(7);

/** Random floats in [low, high). */
export function floats(shape: number[], low = -2, high = 2): Data {
  return fill(shape, 'float32', () => low + (high - low) * random());
}

/** Random integers in [low, high). */
export function ints(shape: number[], low = -5, high = 6): Data {
  return fill(shape, 'int32', () => Math.floor(low + (high - low) * random()));
}

/** Random booleans. */
export function bools(shape: number[]): Data {
  return fill(shape, 'bool', () => (random() < 0.5 ? 0 : 1));
}

function fill(shape: number[], dtype: Data['dtype'], value: () => number): Data {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype, values: Array.from({ length: size }, value) };
}
