import type { Random } from '../../random/random.js';
import type { ParameterSpec } from './parameter-spec.js';
import type { Weight } from './safetensors.js';

/**
 * A new parameter, filled as transformers' `_init_weights` fills it.
 *
 * @param known Parameters that exist already, for those that depend on another.
 */
export function initialise(
  spec: ParameterSpec,
  random: Random,
  known: Readonly<Record<string, Weight>>,
): Weight {
  const { shape, init } = spec;
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  switch (init.type) {
    case 'zeros':
      break;
    case 'ones':
      data.fill(1);
      break;
    case 'constant':
      data.fill(init.value);
      break;
    case 'values':
      data.set(init.values);
      break;
    case 'normal':
      random.fillNormal(data, init.std);
      break;
    case 'uniform':
      random.fillUniform(data, init.from, init.to);
      break;
    case 'norm-of': {
      const other = known[init.name];
      if (other !== undefined) fillNorms(data, other.data);
      break;
    }
  }
  return { shape: [...shape], data, ...(spec.integer && { integer: true }) };
}

/** The Euclidean norm of each column of a row-major matrix with as many columns as `norms` has elements. */
function fillNorms(norms: Float32Array, values: Float32Array): void {
  const squares = new Float64Array(norms.length);
  for (let index = 0; index < values.length; index += 1) {
    squares[index % norms.length]! += values[index]! ** 2;
  }
  norms.set(squares.map(Math.sqrt));
}
