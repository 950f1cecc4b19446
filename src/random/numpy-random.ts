/**
 * NumPy's `default_rng(seed)`, as far as needed to split a dataset: SeedSequence, PCG64 (XSL-RR), bounded
 * integers after Lemire or by masking, `permutation` and `choice` without replacement. Equal seeds give
 * NumPy's numbers.
 *
 * Sources: numpy/random/bit_generator.pyx, src/pcg64/pcg64.h, src/distributions/distributions.c,
 * _generator.pyx (NumPy 1.17 to 2.x); M. O'Neill, "PCG" (2014); D. Lemire, "Fast Random Integer Generation in
 * an Interval" (2019).
 */
const mask32 = 0xffffffffn;
const mask64 = (1n << 64n) - 1n;
const mask128 = (1n << 128n) - 1n;
const multiplier = 0x2360ed051fc65da44385df649fccf645n;

/** A generator seeded like `np.random.default_rng(seed)`, for an integer seed from 0 to 2^53 - 1. */
export class NumpyRandom {
  private state: bigint;
  private readonly increment: bigint;
  /** The upper half of the last 64 bits, which the next 32-bit draw uses. */
  private half: number | undefined;

  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new RangeError(`seed must be an integer of at least 0, not ${seed}`);
    const [a, b, c, d] = seedSequence(seed);
    this.increment = ((((c! << 64n) | d!) << 1n) | 1n) & mask128;
    this.state = this.increment;
    this.state = (this.state + ((a! << 64n) | b!)) & mask128;
    this.step();
  }

  private step(): void {
    this.state = (this.state * multiplier + this.increment) & mask128;
  }

  /** 64 random bits. */
  uint64(): bigint {
    this.step();
    const value = (this.state >> 64n) ^ (this.state & mask64);
    const rotation = this.state >> 122n;
    return ((value >> rotation) | (value << (64n - rotation))) & mask64;
  }

  /** 32 random bits; two of them share one 64-bit draw, the lower half first. */
  uint32(): number {
    if (this.half !== undefined) {
      const value = this.half;
      this.half = undefined;
      return value;
    }
    const value = this.uint64();
    this.half = Number(value >> 32n);
    return Number(value & mask32);
  }

  /** A uniform integer from 0 to `max` inclusive, `max` below 2^32 - 1. */
  private bounded(max: number): number {
    if (max === 0) return 0;
    const range = max + 1;
    let product = BigInt(this.uint32()) * BigInt(range);
    let low = Number(product & mask32);
    if (low < range) {
      const threshold = (0xffffffff - max) % range;
      while (low < threshold) {
        product = BigInt(this.uint32()) * BigInt(range);
        low = Number(product & mask32);
      }
    }
    return Number(product >> 32n);
  }

  /** The same by masking and rejection, which NumPy's `shuffle` has kept from its legacy generator. */
  private interval(max: number): number {
    const mask = 0xffffffff >>> Math.clz32(max);
    let value: number;
    do value = (this.uint32() & mask) >>> 0;
    while (value > max);
    return value;
  }

  /** Shuffles elements `first` and up among those before them, in place. */
  private shuffle(values: Int32Array, first: number, draw: (max: number) => number): void {
    for (let i = values.length - 1; i >= first; i--) {
      const j = draw(i);
      const value = values[i]!;
      values[i] = values[j]!;
      values[j] = value;
    }
  }

  /** `permutation(n)`, or a shuffled copy of the given numbers. */
  permutation(of: number | ArrayLike<number>): Int32Array {
    const values = typeof of === 'number' ? arange(of) : Int32Array.from(of);
    this.shuffle(values, 1, (max) => this.interval(max));
    return values;
  }

  /** `choice(values, size, replace=False)`. */
  choice(values: ArrayLike<number>, size: number): Int32Array {
    const population = values.length;
    if (size > population)
      throw new RangeError('cannot choose more values than there are, without replacement');
    let chosen: Int32Array;
    if (population > 10000 && size > Math.floor(population / 50)) {
      const indices = arange(population);
      this.shuffle(indices, Math.max(population - size, 1), (max) => this.bounded(max));
      chosen = indices.slice(population - size);
    } else {
      // Floyd's algorithm.
      const seen = new Set<number>();
      for (let j = population - size; j < population; j++) {
        const value = this.bounded(j);
        seen.add(seen.has(value) ? j : value);
      }
      chosen = Int32Array.from(seen);
      this.shuffle(chosen, 1, (max) => this.bounded(max));
    }
    return chosen.map((index) => values[index]!);
  }
}

function arange(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i);
}

/** The four 64-bit words that `SeedSequence(seed).generate_state(4, uint64)` gives. */
function seedSequence(seed: number): bigint[] {
  const entropy = seed > 0xffffffff ? [seed % 2 ** 32, Math.floor(seed / 2 ** 32)] : [seed];
  let hashConstant = 0x43b0d7e5;
  const hashmix = (input: number): number => {
    let value = (input ^ hashConstant) >>> 0;
    hashConstant = Math.imul(hashConstant, 0x931e8875) >>> 0;
    value = Math.imul(value, hashConstant) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const mix = (x: number, y: number): number => {
    const value = (Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y)) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  };
  const pool = Array.from({ length: 4 }, (_, i) => hashmix(entropy[i] ?? 0));
  for (let source = 0; source < 4; source++) {
    for (let target = 0; target < 4; target++) {
      if (source !== target) pool[target] = mix(pool[target]!, hashmix(pool[source]!));
    }
  }
  let constant = 0x8b51f9dd;
  const words = Array.from({ length: 8 }, (_, i) => {
    let value = (pool[i % 4]! ^ constant) >>> 0;
    constant = Math.imul(constant, 0x58f38ded) >>> 0;
    value = Math.imul(value, constant) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  });
  return [0, 2, 4, 6].map((i) => (BigInt(words[i + 1]!) << 32n) | BigInt(words[i]!));
}
