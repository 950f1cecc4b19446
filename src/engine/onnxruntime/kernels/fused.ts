import { GATE } from '../gates.js';
import { kernel } from '../kernel-registry.js';
import { float } from '../value.js';

/*
 * Operations that ONNX Runtime has but TensorFlow.js lacks. They are kernels with their own names, for
 * callers that check whether the active back end has them, and otherwise compose them from smaller
 * operations.
 */

/** x · Φ(x), with the exact Gaussian distribution function. */
kernel('Gelu', (g, { x }) => g.unary('Gelu', x!, 'float32', { approximate: 'none' }), ['float32']);

/**
 * dy · (Φ(x) + x φ(x)), in as few passes over the elements as the operators allow. With s = x / √2: Φ(x) = (1
 * + erf s) / 2, and x φ(x) = s / (√π exp s²).
 */
kernel(
  'GeluGrad',
  (g, { dy, x }) => {
    const s = g.binary('Mul', x!, g.float(Math.SQRT1_2));
    // max(0, min(1, x / 2 + 1 / 2)), which never clips an error function.
    const half = { alpha: float(0.5), beta: float(0.5) };
    const distribution = g.unary('HardSigmoid', g.unary('Erf', s), 'float32', half);
    const bell = g.binary('Div', s, g.unary('Exp', g.binary('Mul', s, s)));
    const slope = g.binary('Add', distribution, g.binary('Mul', bell, g.float(1 / Math.sqrt(Math.PI))));
    return g.binary('Mul', dy!, slope);
  },
  ['float32'],
);

/** x [M, in] · w [out, in] transposed, plus bias [out]. */
kernel(
  'Linear',
  (g, { x, w, bias }) =>
    g.node('Gemm', [x!, w!, bias!], [x!.shape[0]!, w!.shape[0]!], 'float32', { transB: 1 }),
  ['float32'],
);

/**
 * Layer normalisation over the last axis. Returns the result, and for the gradient the mean and the
 * reciprocal of the standard deviation, both with a last axis of 1.
 */
kernel(
  'LayerNormalization',
  (g, { x, gamma, beta }, { epsilon }) => {
    const y = g.node('LayerNormalization', [x!, gamma!, beta!], x!.shape, 'float32', {
      axis: -1,
      epsilon: float(epsilon),
    });
    const reduced = [...x!.shape.slice(0, -1), 1];
    return [y, g.output(y, 1, reduced, 'float32'), g.output(y, 2, reduced, 'float32')];
  },
  ['float32'],
);

/**
 * Convolution in time in groups: x [N, T, C], w [O, C / groups, K], result [N, before + T + after - K + 1,
 * O].
 */
kernel(
  'GroupedConv1D',
  (g, { x, w }, { groups, before, after }) => {
    const [batch, time] = x!.shape as [number, number, number];
    const [outputs, , size] = w!.shape as [number, number, number];
    const y = g.node(
      'Conv',
      [g.transpose(x!, [0, 2, 1]), w!],
      [batch, outputs, before + time + after - size + 1],
      'float32',
      { group: groups, pads: [before, after] },
    );
    return g.transpose(y, [0, 2, 1]);
  },
  ['float32'],
);

/** x · kept, where `kept` is 0 or 1: what only matters if it is 1 is not computed otherwise. */
kernel(
  'Gate',
  (g, { x, kept }) =>
    g.hasBranches ? g.node(GATE, [x!, kept!], x!.shape, 'float32') : g.binary('Mul', x!, kept!),
  ['float32'],
);
