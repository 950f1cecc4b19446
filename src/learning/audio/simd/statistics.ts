import { f64x2, i32, local, repeatWhile, type SimdFunction, type } from '../../../wasm/assembler.js';

// Both process four float32 at a time, even if fewer are left before the end, and compute in float64. The
// second half of the four is summed separately from the first, since each addition waits for the one before
// it.

const HALVES = [0, 8];
const nextFour = (address: number) => local.set(address, i32.add(local.get(address), i32.constant(16)));

/**
 * `(source, sourceEnd, centre, target)`: of d = x − `*centre` (a float64), the sum to `target` and the sum of
 * squares to `target + 16`, each as two float64 still to be added.
 */
export function deviations(): SimdFunction {
  const [source, sourceEnd, centre, target] = [0, 1, 2, 3];
  const [middle, deviation] = [4, 5];
  const [sums, squares] = [
    [6, 7],
    [8, 9],
  ];
  const get = local.get;
  const body = HALVES.flatMap((offset, half) => [
    local.set(deviation, f64x2.subtract(f64x2.loadFloat32(get(source), offset), get(middle))),
    local.set(sums[half]!, f64x2.add(get(sums[half]!), get(deviation))),
    local.set(squares[half]!, f64x2.add(get(squares[half]!), f64x2.multiply(get(deviation), get(deviation)))),
  ]);
  return {
    parameters: 4,
    locals: new Array<number>(6).fill(type.v128),
    body: [
      local.set(middle, f64x2.loadSplat(get(centre))),
      repeatWhile([...body, nextFour(source)], i32.less(get(source), get(sourceEnd))),
      f64x2.store(get(target), f64x2.add(get(sums[0]!), get(sums[1]!))),
      f64x2.store(get(target), f64x2.add(get(squares[0]!), get(squares[1]!)), 16),
    ],
  };
}

/** `(data, dataEnd, parameters)`, in place: (x − `parameters[0]`) · `parameters[1]`, which are float64. */
export function shiftAndScale(): SimdFunction {
  const [data, dataEnd, parameters, shift, scale] = [0, 1, 2, 3, 4];
  const get = local.get;
  const body = HALVES.map((offset) => {
    const deviation = f64x2.subtract(f64x2.loadFloat32(get(data), offset), get(shift));
    return f64x2.storeFloat32(get(data), f64x2.multiply(deviation, get(scale)), offset);
  });
  return {
    parameters: 3,
    locals: [type.v128, type.v128],
    body: [
      local.set(shift, f64x2.loadSplat(get(parameters))),
      local.set(scale, f64x2.loadSplat(get(parameters), 8)),
      repeatWhile([...body, nextFour(data)], i32.less(get(data), get(dataEnd))),
    ],
  };
}
