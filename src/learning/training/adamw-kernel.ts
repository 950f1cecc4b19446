import { f32x4, f64x2, i32, local, repeatWhile, type SimdFunction, type } from '../../wasm/assembler.js';

const get = local.get;
const nextFour = (address: number) => local.set(address, i32.add(get(address), i32.constant(16)));

/**
 * `(source, sourceEnd, target)`: the sum of squares of float32, to `target` as two float64 still to be added.
 * Of 16 numbers, four squares each are added in float32, and the four sums in float64.
 */
export function sumOfSquares(): SimdFunction {
  const [source, sourceEnd, target] = [0, 1, 2];
  const [four, squares] = [3, 4];
  // Each addition waits for the one before it, hence two independent sums.
  const sums = [5, 6] as const;
  const square = (offset: number) => [
    ...local.set(four, f32x4.load(get(source), offset)),
    ...f32x4.multiply(get(four), get(four)),
  ];
  const upper = f32x4.shuffle(get(squares), get(squares), [2, 3, 2, 3]);
  const body = [
    local.set(squares, f32x4.add(f32x4.add(square(0), square(16)), f32x4.add(square(32), square(48)))),
    local.set(sums[0], f64x2.add(get(sums[0]), f64x2.promote(get(squares)))),
    local.set(sums[1], f64x2.add(get(sums[1]), f64x2.promote(upper))),
    local.set(source, i32.add(get(source), i32.constant(64))),
  ];
  return {
    parameters: 3,
    locals: new Array<number>(4).fill(type.v128),
    body: [
      repeatWhile(body, i32.less(get(source), get(sourceEnd))),
      f64x2.store(get(target), f64x2.add(get(sums[0]), get(sums[1]))),
    ],
  };
}

/** The factors of `adamw`, in the order in which they are in memory. */
export const FACTORS = ['scale', 'rest1', 'beta2', 'rest2', 'decay', 'rate', 'rootScale', 'epsilon'] as const;

/**
 * `(weight, weightEnd, gradient, first, second, factors)`: one update on float32, as PyTorch computes it,
 *
 *     g = scale · gradient
 *     m = m + rest1 · (g − m)
 *     v = beta2 · v + rest2 · g · g
 *     w = decay · w − rate · m / (rootScale · √v + epsilon)
 */
export function adamw(): SimdFunction {
  const [weight, weightEnd, gradient, first, second, factors] = [0, 1, 2, 3, 4, 5];
  const [g, m, v] = [6, 7, 8];
  const factor = (name: (typeof FACTORS)[number]) => 9 + FACTORS.indexOf(name);
  const { add, subtract, multiply, divide, squareRoot, load, store } = f32x4;
  const times = (name: (typeof FACTORS)[number], code: ReturnType<typeof get>) =>
    multiply(code, get(factor(name)));
  const body = [
    local.set(g, times('scale', load(get(gradient)))),
    local.set(m, load(get(first))),
    local.set(m, add(get(m), times('rest1', subtract(get(g), get(m))))),
    store(get(first), get(m)),
    local.set(v, add(times('beta2', load(get(second))), multiply(times('rest2', get(g)), get(g)))),
    store(get(second), get(v)),
    store(
      get(weight),
      subtract(
        times('decay', load(get(weight))),
        divide(times('rate', get(m)), add(times('rootScale', squareRoot(get(v))), get(factor('epsilon')))),
      ),
    ),
    ...[weight, gradient, first, second].map(nextFour),
  ];
  return {
    parameters: 6,
    locals: new Array<number>(3 + FACTORS.length).fill(type.v128),
    body: [
      ...FACTORS.map((name, index) => local.set(factor(name), f32x4.loadSplat(get(factors), 4 * index))),
      repeatWhile(body, i32.less(get(weight), get(weightEnd))),
    ],
  };
}
