/** The state of a generator: four unsigned 32-bit numbers, as JSON keeps them. */
export type RandomState = [number, number, number, number];

/**
 * A seeded generator whose state can be saved and restored: xoshiro128** 1.1 (Blackman and Vigna, 2018), its
 * state filled by SplitMix32 from the seed and the stream's name. Every random draw of model and training
 * comes from here, never from an engine, so that the same recipe draws the same numbers everywhere.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  private constructor(state: RandomState) {
    [this.#a, this.#b, this.#c, this.#d] = state.map((word) => word | 0) as RandomState;
  }

  /**
   * A separate generator for each purpose ("dropout", "shuffle 3"), so that drawing from one does not shift
   * another.
   */
  static stream(seed: number, name: string): Random {
    let hash = 0x811c9dc5;
    for (let index = 0; index < name.length; index += 1)
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    const high = Math.floor(seed / 0x1_0000_0000);
    let word = (seed | 0) ^ Math.imul(high | 0, 0x9e3779b9) ^ hash;
    const split = () => {
      word = (word + 0x9e3779b9) | 0;
      let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    return new Random([split(), split(), split(), split() | 1]);
  }

  /** Restores a generator from a state. */
  static from(state: RandomState): Random {
    return new Random(state);
  }

  /** The state, for `Random.from`. */
  state(): RandomState {
    return [this.#a >>> 0, this.#b >>> 0, this.#c >>> 0, this.#d >>> 0];
  }

  /** An unsigned 32-bit number. */
  next(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 0x400_0000 + (this.next() >>> 6)) / 0x20_0000_0000_0000;
  }

  /** An integer in [0, bound), without bias. */
  integer(bound: number): number {
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
    for (;;) {
      const word = this.next();
      if (word < limit) return word % bound;
    }
  }

  /** Fills with normal numbers of mean 0 (Box and Muller, 1958). */
  fillNormal(target: Float32Array, std: number): void {
    for (let index = 0; index < target.length; index += 2) {
      const radius = std * Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      target[index] = radius * Math.cos(angle);
      if (index + 1 < target.length) target[index + 1] = radius * Math.sin(angle);
    }
  }

  /** Fills with uniform numbers in [from, to). */
  fillUniform(target: Float32Array, from: number, to: number): void {
    for (let index = 0; index < target.length; index += 1)
      target[index] = from + (to - from) * this.uniform();
  }

  /** The numbers 0 to size − 1 in random order (Fisher and Yates). */
  permutation(size: number): Uint32Array {
    return this.choice(size, size);
  }

  /** `count` different numbers from 0 to size − 1, in the order drawn. */
  choice(size: number, count: number): Uint32Array {
    const items = new Uint32Array(size).map((_, index) => index);
    for (let index = 0; index < count; index += 1) {
      const other = index + this.integer(size - index);
      const picked = items[other]!;
      items[other] = items[index]!;
      items[index] = picked;
    }
    return items.subarray(0, count);
  }

  /**
   * Fills the first `size` elements with a dropout mask: 0 with the given probability, otherwise 1 / (1 −
   * probability).
   *
   * Draws how many elements are kept until the next 0 (a geometric number) instead of drawing each one: about
   * ten times fewer draws.
   */
  fillDropout(target: Float32Array, size: number, probability: number): void {
    target.fill(probability < 1 ? 1 / (1 - probability) : 0, 0, size);
    if (probability <= 0 || probability >= 1) return;
    const { table, scale } = gaps(probability);
    // As `next`, with the state in local variables: in half the time, and there are millions of draws.
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    for (let index = 0; ; index += 1) {
      const product = Math.imul(b, 5);
      const word = Math.imul((product << 7) | (product >>> 25), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      const gap = table[word >>> 16]!;
      index += gap === UNSURE ? Math.min(gapOf(word >>> 0, scale), size) | 0 : gap;
      if (index >= size) break;
      target[index] = 0;
    }
    [this.#a, this.#b, this.#c, this.#d] = [a, b, c, d];
  }
}

/** In a table of gaps: the first 16 bits of the draw do not determine the gap. */
const UNSURE = 0xffff;

/**
 * How many trials fail before one succeeds, by the first 16 bits of a draw; and the factor that turns a
 * logarithm into a gap.
 */
interface Gaps {
  table: Uint16Array;
  scale: number;
}

const known = new Map<number, Gaps>();

/** Inverts the geometric distribution: floor(ln u / ln(1 − p)) for u = (word + 1) / 2³². */
function gapOf(word: number, scale: number): number {
  return Math.floor(scale * Math.log((word + 1) / 0x1_0000_0000));
}

function gaps(probability: number): Gaps {
  let found = known.get(probability);
  if (found !== undefined) return found;
  const scale = 1 / Math.log1p(-probability);
  const table = Uint16Array.from({ length: 0x1_0000 }, (_, high) => {
    const most = gapOf(high * 0x1_0000, scale);
    return most === gapOf(high * 0x1_0000 + 0xffff, scale) && most < UNSURE ? most : UNSURE;
  });
  found = { table, scale };
  known.set(probability, found);
  return found;
}
