import {
  type Code,
  f32x4,
  i32,
  local,
  repeatWhile,
  type SimdFunction,
  type,
} from '../../../wasm/assembler.js';

/**
 * `(input, inputStep, row, rowBytes, output, outputStep, quads)`: dot products of one row of coefficients
 * with a sliding part of the input, four at a time, so that each coefficient is read once for four of them:
 *
 *     for n in 0 … 4·quads − 1:  output[n·outputStep] = Σ over tap of row[tap] · input[n·inputStep + tap]
 *
 * All addresses and sizes are bytes in the module's memory; numbers are float32, `rowBytes` is a multiple of
 * 16, `quads` at least 1.
 */
export function dotRows(): SimdFunction {
  const [input, inputStep, row, rowBytes, output, outputStep, quads] = [0, 1, 2, 3, 4, 5, 6];
  const [sample, coefficient, rowEnd, weights] = [7, 8, 9, 10];
  const sums = [11, 12, 13, 14];
  const [halves, totals] = [[15, 16], 17];
  const get = local.get;
  const advance = (variable: number, step: Code) => local.set(variable, i32.add(get(variable), step));
  /** The address this many steps further on. */
  const further = (address: number, step: number, times: number): Code =>
    times === 0 ? get(address) : i32.add(further(address, step, times - 1), get(step));
  const everyFourTaps = repeatWhile(
    [
      local.set(weights, f32x4.load(get(coefficient))),
      ...sums.map((sum, n) => {
        const samples = f32x4.load(further(sample, inputStep, n));
        return local.set(sum, f32x4.add(get(sum), f32x4.multiply(get(weights), samples)));
      }),
      advance(sample, i32.constant(16)),
      advance(coefficient, i32.constant(16)),
    ],
    i32.less(get(coefficient), get(rowEnd)),
  );
  const everyFourOutputs = repeatWhile(
    [
      local.set(sample, get(input)),
      local.set(coefficient, get(row)),
      ...sums.map((sum) => local.set(sum, f32x4.constant(0))),
      everyFourTaps,
      ...halves.map((half, n) => local.set(half, addCrosswise(get(sums[2 * n]!), get(sums[2 * n + 1]!)))),
      local.set(totals, addHalves(get(halves[0]!), get(halves[1]!))),
      ...sums.map((_, n) => f32x4.storeLane(further(output, outputStep, n), get(totals), n)),
      local.set(input, further(input, inputStep, 4)),
      local.set(output, further(output, outputStep, 4)),
      local.set(quads, i32.subtract(get(quads), i32.constant(1))),
    ],
    get(quads),
  );
  return {
    parameters: 7,
    locals: [type.i32, type.i32, type.i32, ...new Array<number>(8).fill(type.v128)],
    body: [local.set(rowEnd, i32.add(get(row), get(rowBytes))), everyFourOutputs],
  };
}

/** a0 + a2, b0 + b2, a1 + a3, b1 + b3. */
function addCrosswise(a: Code, b: Code): Code {
  return f32x4.add(f32x4.shuffle(a, b, [0, 4, 1, 5]), f32x4.shuffle(a, b, [2, 6, 3, 7]));
}

/** a0 + a2, a1 + a3, b0 + b2, b1 + b3. */
function addHalves(a: Code, b: Code): Code {
  return f32x4.add(f32x4.shuffle(a, b, [0, 1, 4, 5]), f32x4.shuffle(a, b, [2, 3, 6, 7]));
}
