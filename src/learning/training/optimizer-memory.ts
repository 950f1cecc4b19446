import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { compileSimdIn, type SimdFunctions } from '../../wasm/compile.js';
import { adamw, FACTORS, sumOfSquares } from './adamw-kernel.js';

/** An optimiser's arrays for a parameter, each as long as the parameter, and the loops over them. */
export interface Slot {
  readonly weight: Float32Array;
  readonly gradient: Float32Array;
  /** Running means of the gradient and of its square. */
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Of the gradient. */
  sumOfSquares(): number;
  /** Changes weight and moments by the gradient. */
  update(factors: Factors): void;
}

/** Factors of one update; see `adamw`. */
export type Factors = Readonly<Record<(typeof FACTORS)[number], number>>;

type Kernel = SimdFunctions<'adamw' | 'sumOfSquares'>;

const PAGE = 0x1_0000;
/** One memory has the slots of several parameters up to this many bytes; a bigger parameter gets its own. */
const MEMORY = 0x4000_0000;
/** The maximum size of one memory. */
const LIMIT = 0x1_0000_0000;
/** Arrays start at a multiple of this many numbers (a cache line). */
const LINE = 16;
/** Bytes at the start of a memory reserved for factors and sums. */
const START = 4 * LINE;

/**
 * The WebAssembly memory in which AdamW runs: weights, gradients and moments of each parameter, initially 0.
 * The engine reads the weights and writes the gradients in place.
 *
 * @param lengths Values per parameter.
 * @throws EtudeError if a parameter is too big (2²⁸ numbers) or there is not enough memory.
 */
export function allocateSlots(lengths: Readonly<Record<string, number>>): Record<string, Slot> {
  const slots: Record<string, Slot> = {};
  const names = Object.keys(lengths);
  const bytesOf = (name: string) => 4 * 4 * padded(lengths[name]!);
  for (let from = 0; from < names.length; ) {
    let to = from;
    let bytes = 0;
    while (to < names.length && (to === from || bytes + bytesOf(names[to]!) <= MEMORY))
      bytes += bytesOf(names[to++]!);
    const { buffer, kernel } = allocate(START + bytes);
    let at = START;
    for (const name of names.slice(from, to)) {
      slots[name] = slotAt(buffer, kernel, at, lengths[name]!);
      at += bytesOf(name);
    }
    from = to;
  }
  return slots;
}

function allocate(bytes: number): { buffer: ArrayBuffer; kernel: Kernel } {
  if (bytes > LIMIT) {
    throw new EtudeError('a parameter of the model is too large to train', {
      expected: `at most ${count((LIMIT - START) / 16, 'number')}`,
      got: `${(bytes - START) / 16}`,
    });
  }
  const pages = Math.ceil(bytes / PAGE);
  try {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const functions = { adamw: adamw(), sumOfSquares: sumOfSquares() };
    return { buffer: memory.buffer, kernel: compileSimdIn(functions, memory) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EtudeError('there is not enough memory to train this model', {
      expected: `${Math.ceil(bytes / 2 ** 20)} MiB for weights, gradients and moments`,
      cause: error,
    });
  }
}

function slotAt(buffer: ArrayBuffer, kernel: Kernel, start: number, length: number): Slot {
  const whole = padded(length);
  const [weight, gradient, first, second] = [0, 1, 2, 3].map((part) => start + part * 4 * whole) as [
    number,
    number,
    number,
    number,
  ];
  const view = (at: number) => new Float32Array(buffer, at, length);
  return {
    weight: view(weight),
    gradient: view(gradient),
    first: view(first),
    second: view(second),
    sumOfSquares() {
      kernel.sumOfSquares(gradient, gradient + 4 * whole, 0);
      const [even, odd] = new Float64Array(buffer, 0, 2);
      const sum = even! + odd!;
      // Squares of finite numbers from some 10^19 are too large for float32.
      return Number.isFinite(sum) ? sum : view(gradient).reduce((all, value) => all + value * value, 0);
    },
    update(factors) {
      new Float32Array(buffer, 0, FACTORS.length).set(FACTORS.map((name) => factors[name]));
      kernel.adamw(weight, weight + 4 * whole, gradient, first, second, 0);
    },
  };
}

function padded(length: number): number {
  return Math.ceil(length / LINE) * LINE;
}
