import type { Graph } from '../graph.js';
import { kernel } from '../kernel-registry.js';
import { type ElementType, float, type Value } from '../value.js';

const floats: ElementType[] = ['float32'];

// The constants of Klambauer et al., "Self-Normalizing Neural Networks".
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** The activations that TensorFlow.js can fuse into a product or convolution, by the names it gives them. */
const byName: Readonly<Record<string, (g: Graph, x: Value) => Value>> = {
  linear: (_, x) => x,
  relu: (g, x) => g.unary('Relu', x),
  relu6: (g, x) => g.node('Clip', [x, g.float(0), g.float(6)], x.shape, 'float32'),
  elu: (g, x) => g.unary('Elu', x),
  sigmoid: (g, x) => g.unary('Sigmoid', x),
};

/** Records an activation that TensorFlow.js requests by name, or returns null if it is unknown here. */
export function activation(g: Graph, name: string | null | undefined, x: Value): Value | null {
  return byName[name ?? 'linear']?.(g, x) ?? null;
}

kernel('Relu', (g, { x }) => byName.relu!(g, x!), floats);
kernel('Relu6', (g, { x }) => byName.relu6!(g, x!), floats);
kernel('Elu', (g, { x }) => byName.elu!(g, x!), floats);
kernel('Sigmoid', (g, { x }) => byName.sigmoid!(g, x!), floats);
kernel('Softplus', (g, { x }) => g.unary('Softplus', x!), floats);
kernel(
  'Selu',
  (g, { x }) => g.unary('Selu', x!, 'float32', { alpha: float(SELU_ALPHA), gamma: float(SELU_SCALE) }),
  floats,
);
kernel(
  'LeakyRelu',
  (g, { x }, { alpha }) => g.unary('LeakyRelu', x!, 'float32', { alpha: float(alpha) }),
  floats,
);
kernel(
  'Prelu',
  (g, { x, alpha }) => {
    const negative = g.binary('Mul', x!, alpha!);
    const test = g.binary('GreaterOrEqual', x!, g.float(0), 'bool');
    return g.node('Where', [test, x!, negative], negative.shape, 'float32');
  },
  floats,
);
kernel(
  'EluGrad',
  (g, { dy, y }) => {
    const test = g.binary('GreaterOrEqual', y!, g.float(0), 'bool');
    const slope = g.binary('Add', y!, g.float(1));
    return g.node('Where', [test, dy!, g.binary('Mul', dy!, slope)], y!.shape, 'float32');
  },
  floats,
);
kernel('Softmax', (g, { logits }, { dim }) => g.unary('Softmax', logits!, 'float32', { axis: dim }), floats);
kernel(
  'LogSoftmax',
  (g, { logits }, { axis }) => g.unary('LogSoftmax', logits!, 'float32', { axis }),
  floats,
);
