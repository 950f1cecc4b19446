const WORDS = 624;
const MIDDLE = 397;

/** The largest seed of NumPy's `RandomState`. */
export const MAX_LEGACY_SEED = 0xffffffff;

/**
 * NumPy's legacy `RandomState(seed)`, as far as scikit-learn's splitters need it: MT19937 and `shuffle`.
 * Equal seeds give NumPy's numbers.
 *
 * Sources: M. Matsumoto and T. Nishimura, "Mersenne Twister" (1998); numpy/random/mtrand.pyx,
 * src/mt19937/mt19937.c and `random_interval` of src/distributions/distributions.c (NumPy 1.17 to 2.x).
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(WORDS);
  #used = WORDS;

  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > MAX_LEGACY_SEED)
      throw new RangeError(`seed must be an integer from 0 to 2^32 - 1, not ${seed}`);
    let word = seed;
    for (let index = 0; index < WORDS; index += 1) {
      this.#state[index] = word;
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + index + 1) >>> 0;
    }
  }

  /** An unsigned 32-bit number. */
  uint32(): number {
    if (this.#used === WORDS) this.#renew();
    let word = this.#state[this.#used++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #renew(): void {
    const state = this.#state;
    for (let index = 0; index < WORDS; index += 1) {
      const joined = (state[index]! & 0x80000000) | (state[(index + 1) % WORDS]! & 0x7fffffff);
      const twisted = (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
      state[index] = state[(index + MIDDLE) % WORDS]! ^ twisted;
    }
    this.#used = 0;
  }

  /** A shuffled copy, as `shuffle` and `permutation` give it. */
  shuffled<T>(values: readonly T[]): T[] {
    const result = [...values];
    for (let last = result.length - 1; last > 0; last -= 1) {
      const mask = 0xffffffff >>> Math.clz32(last);
      let other: number;
      do other = (this.uint32() & mask) >>> 0;
      while (other > last);
      [result[last], result[other]] = [result[other]!, result[last]!];
    }
    return result;
  }
}
