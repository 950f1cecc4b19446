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
    case 'sinusoids':
      fillSinusoids(data, shape[1]!);
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

/**
 * Rows of sines and cosines of wavelengths from 2π to 20 000π (`sinusoids` of Whisper, in 32 bits as there).
 */
function fillSinusoids(data: Float32Array, width: number): void {
  const { fround } = Math;
  const half = Math.floor(width / 2);
  const step = fround(-Math.log(10_000) / (half - 1));
  for (let channel = 0; channel < half; channel += 1) {
    const frequency = fround(Math.exp(fround(step * channel)));
    for (let row = 0; row * width < data.length; row += 1) {
      const angle = fround(row * frequency);
      data[row * width + channel] = Math.sin(angle);
      data[row * width + half + channel] = Math.cos(angle);
    }
  }
}

/** The Euclidean norm of each column of a row-major matrix with as many columns as `norms` has elements. */
function fillNorms(norms: Float32Array, values: Float32Array): void {
  const squares = new Float64Array(norms.length);
  for (let index = 0; index < values.length; index += 1) {
    squares[index % norms.length]! += values[index]! ** 2;
  }
  norms.set(squares.map(Math.sqrt));
}
