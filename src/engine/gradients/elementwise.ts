import * as tf from '../core.js';
import { fromInput, fromOutput, gradient, unbroadcast, zero } from './define.js';

gradient('Identity', { gradient: (dy) => ({ x: () => tf.clone(dy) }) });
gradient('Cast', { gradient: (dy) => ({ x: () => tf.clone(dy) }) });
zero('Ceil', 'Floor', 'Round', 'Sign', 'Step');
zero('OnesLike', 'ZerosLike');

fromInput('Abs', (dy, x) => tf.mul(dy, tf.sign(x)));
fromInput('Neg', (dy) => tf.neg(dy));
fromInput('Square', (dy, x) => tf.mul(dy, tf.mul(x, 2)));
fromInput('Log', (dy, x) => tf.div(dy, x));
fromInput('Log1p', (dy, x) => tf.div(dy, tf.add(x, 1)));
fromInput('Erf', (dy, x) => tf.mul(tf.mul(dy, 2 / Math.sqrt(Math.PI)), tf.exp(tf.neg(tf.square(x)))));
fromInput('Sin', (dy, x) => tf.mul(dy, tf.cos(x)));
fromInput('Cos', (dy, x) => tf.neg(tf.mul(dy, tf.sin(x))));
fromInput('Atan', (dy, x) => tf.div(dy, tf.add(tf.square(x), 1)));
fromInput('Softplus', (dy, x) => tf.mul(dy, tf.sigmoid(x)));
fromInput('Relu', (dy, x) => tf.mul(dy, tf.step(x)));
fromInput('Relu6', (dy, x) => tf.mul(dy, tf.mul(tf.cast(tf.lessEqual(x, 6), 'float32'), tf.step(x))));
fromInput('LeakyRelu', (dy, x, { alpha }) => tf.where(tf.greater(x, 0), dy, tf.mul(dy, alpha)));
fromInput('Selu', (dy, x) => {
  const scale = 1.0507009873554805;
  const alpha = 1.6732632423543772;
  const slope = tf.where(tf.greater(x, 0), tf.onesLike(x), tf.mul(tf.exp(x), alpha));
  return tf.mul(tf.mul(dy, slope), scale);
});
fromInput('ClipByValue', (dy, x, { clipValueMin, clipValueMax }) => {
  const inside = tf.logicalAnd(tf.greaterEqual(x, clipValueMin), tf.lessEqual(x, clipValueMax));
  return tf.where(inside, dy, tf.zerosLike(dy));
});

fromOutput('Exp', (dy, y) => tf.mul(dy, y));
fromOutput('Expm1', (dy, y) => tf.mul(dy, tf.add(y, 1)));
fromOutput('Sqrt', (dy, y) => tf.div(dy, tf.mul(y, 2)));
fromOutput('Rsqrt', (dy, y) => tf.mul(tf.mul(dy, -0.5), tf.mul(y, tf.square(y))));
fromOutput('Reciprocal', (dy, y) => tf.neg(tf.mul(dy, tf.square(y))));
fromOutput('Sigmoid', (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))));
fromOutput('Tanh', (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y))));
fromOutput('Elu', (dy, y) => tf.engine().runKernel('EluGrad', { dy, y }));

gradient('Add', {
  inputs: ['a', 'b'],
  gradient: (dy, [a, b]) => ({ a: () => unbroadcast(dy, a!.shape), b: () => unbroadcast(dy, b!.shape) }),
});
gradient('AddN', {
  allInputs: true,
  gradient: (dy, saved) => Object.fromEntries(saved.map((_, i) => [i, () => tf.clone(dy)])),
});
gradient('Sub', {
  inputs: ['a', 'b'],
  gradient: (dy, [a, b]) => ({
    a: () => unbroadcast(dy, a!.shape),
    b: () => tf.neg(unbroadcast(dy, b!.shape)),
  }),
});
gradient('Multiply', {
  inputs: ['a', 'b'],
  gradient: (dy, [a, b]) => ({
    a: () => unbroadcast(tf.mul(dy, asFloat(b!)), a!.shape),
    b: () => unbroadcast(tf.mul(dy, asFloat(a!)), b!.shape),
  }),
});
gradient('RealDiv', {
  inputs: ['a', 'b'],
  gradient: (dy, [a, b]) => ({
    a: () => unbroadcast(tf.div(dy, asFloat(b!)), a!.shape),
    b: () => {
      const divisor = asFloat(b!);
      return tf.neg(unbroadcast(tf.div(tf.mul(dy, asFloat(a!)), tf.square(divisor)), b!.shape));
    },
  }),
});
gradient('SquaredDifference', {
  inputs: ['a', 'b'],
  gradient: (dy, [a, b]) => {
    const slope = () => tf.mul(tf.mul(dy, 2), tf.sub(a!, b!));
    return { a: () => unbroadcast(slope(), a!.shape), b: () => tf.neg(unbroadcast(slope(), b!.shape)) };
  },
});
gradient('Pow', {
  inputs: ['a', 'b'],
  outputs: [true],
  gradient: (dy, [a, b, y]) => ({
    a: () => {
      const exponent = asFloat(b!);
      return unbroadcast(tf.mul(dy, tf.mul(exponent, tf.pow(a!, tf.sub(exponent, 1)))), a!.shape);
    },
    b: () => {
      // log(a) counts only where it is defined.
      const log = tf.where(tf.greater(a!, 0), tf.log(a!), tf.zerosLike(a!));
      return unbroadcast(tf.mul(dy, tf.mul(y!, log)), b!.shape);
    },
  }),
});
for (const [name, chooses] of [
  ['Maximum', tf.greaterEqual],
  ['Minimum', tf.lessEqual],
] as const) {
  gradient(name, {
    inputs: ['a', 'b'],
    gradient: (dy, [a, b]) => {
      const first = () => tf.cast(chooses(a!, b!), 'float32');
      return {
        a: () => unbroadcast(tf.mul(dy, first()), a!.shape),
        b: () => unbroadcast(tf.mul(dy, tf.sub(1, first())), b!.shape),
      };
    },
  });
}
gradient('Select', {
  inputs: ['condition'],
  gradient: (dy, [condition]) => ({
    condition: () => tf.zerosLike(tf.cast(condition!, 'float32')),
    t: () => tf.mul(dy, tf.cast(condition!, 'float32')),
    e: () => tf.mul(dy, tf.cast(tf.logicalNot(condition!), 'float32')),
  }),
});

function asFloat(x: tf.Tensor): tf.Tensor {
  return x.dtype === 'float32' ? x : tf.cast(x, 'float32');
}
