import type { Graph } from '../graph.js';
import { kernel } from '../kernel-registry.js';
import type { ElementType, Value } from '../value.js';

const floats: ElementType[] = ['float32'];
const numbers: ElementType[] = ['float32', 'int32'];

/** Kernels that are one ONNX operator on `x`. */
function unary(names: Record<string, string>, dtypes: ElementType[]): void {
  for (const [name, op] of Object.entries(names)) kernel(name, (g, { x }) => g.unary(op, x!), dtypes);
}

/** Kernels that are one ONNX operator on `a` and `b`. */
function binary(names: Record<string, string>, dtypes: ElementType[], result?: ElementType): void {
  for (const [name, op] of Object.entries(names)) {
    kernel(name, (g, { a, b }) => g.binary(op, a!, b!, result ?? a!.dtype), dtypes);
  }
}

unary({ Abs: 'Abs', Neg: 'Neg' }, numbers);
unary(
  {
    Acos: 'Acos',
    Acosh: 'Acosh',
    Asin: 'Asin',
    Asinh: 'Asinh',
    Atan: 'Atan',
    Atanh: 'Atanh',
    Ceil: 'Ceil',
    Cos: 'Cos',
    Cosh: 'Cosh',
    Erf: 'Erf',
    Exp: 'Exp',
    Floor: 'Floor',
    Log: 'Log',
    Reciprocal: 'Reciprocal',
    Round: 'Round',
    Sin: 'Sin',
    Sinh: 'Sinh',
    Sqrt: 'Sqrt',
    Tan: 'Tan',
    Tanh: 'Tanh',
  },
  floats,
);
binary({ Add: 'Add', Sub: 'Sub', Multiply: 'Mul' }, numbers);
binary({ Maximum: 'Max', Minimum: 'Min' }, numbers);
binary({ RealDiv: 'Div' }, floats);
binary({ Pow: 'Pow' }, floats);
binary(
  { Greater: 'Greater', GreaterEqual: 'GreaterOrEqual', Less: 'Less', LessEqual: 'LessOrEqual' },
  numbers,
  'bool',
);
binary({ LogicalAnd: 'And', LogicalOr: 'Or' }, ['bool']);

kernel('Equal', (g, { a, b }) => g.binary('Equal', a!, b!, 'bool'));
kernel('NotEqual', (g, { a, b }) => g.unary('Not', g.binary('Equal', a!, b!, 'bool')));
kernel('LogicalNot', (g, { x }) => g.unary('Not', x!), ['bool']);

kernel('Square', (g, { x }) => g.binary('Mul', x!, x!), numbers);
kernel(
  'Sign',
  (g, { x }) => {
    const sign = g.unary('Sign', x!);
    if (x!.dtype !== 'float32') return sign;
    // The sign of NaN is 0.
    return g.node('Where', [g.unary('IsNaN', x!, 'bool'), g.float(0), sign], x!.shape, 'float32');
  },
  numbers,
);
kernel('Rsqrt', (g, { x }) => g.unary('Reciprocal', g.unary('Sqrt', x!)), floats);
kernel('Log1p', (g, { x }) => g.unary('Log', g.binary('Add', x!, g.float(1))), floats);
// TensorFlow.js gives the quotient of floats as int32.
kernel('FloorDiv', (g, { a, b }) => g.cast(g.unary('Floor', g.binary('Div', a!, b!)), 'int32'), floats);
kernel(
  'SquaredDifference',
  (g, { a, b }) => {
    const difference = g.binary('Sub', a!, b!);
    return g.binary('Mul', difference, difference);
  },
  numbers,
);
kernel(
  'AddN',
  (g, inputs) => {
    const terms = Object.values(inputs);
    return terms.length === 1 ? terms[0]! : g.node('Sum', terms, terms[0]!.shape, terms[0]!.dtype);
  },
  floats,
);
kernel(
  'ClipByValue',
  (g, { x }, { clipValueMin, clipValueMax }) =>
    g.node(
      'Clip',
      [x!, g.scalar(clipValueMin, x!.dtype), g.scalar(clipValueMax, x!.dtype)],
      x!.shape,
      x!.dtype,
    ),
  floats,
);

kernel('IsNan', (g, { x }) => g.unary('IsNaN', x!, 'bool'), floats);
kernel('IsInf', (g, { x }) => g.unary('IsInf', x!, 'bool'), floats);
kernel('IsFinite', (g, { x }) => g.binary('Less', g.unary('Abs', x!), g.float(Infinity), 'bool'), floats);

kernel(
  'Step',
  (g, { x }, { alpha }) => {
    const positive = g.binary('Greater', x!, g.float(0), 'bool');
    const step = alpha
      ? g.node('Where', [positive, g.float(1), g.float(alpha)], x!.shape, 'float32')
      : g.cast(positive, 'float32');
    // The step of NaN is NaN.
    return g.node('Where', [g.unary('IsNaN', x!, 'bool'), x!, step], x!.shape, 'float32');
  },
  floats,
);

kernel('Select', (g, { condition, t, e }) => select(g, condition!, t!, e!));

/** `t` where `condition` is true, otherwise `e`; a condition of rank 1 selects rows. */
function select(g: Graph, condition: Value, t: Value, e: Value): Value | null {
  if (condition.dtype !== 'bool') return null;
  const rows = condition.shape.length === 1 && t.shape.length > 1;
  const test = rows
    ? g.reshape(condition, [condition.shape[0]!, ...t.shape.slice(1).map(() => 1)])
    : condition;
  if (t.dtype !== 'bool') return g.node('Where', [test, t, e], t.shape, t.dtype);
  const chosen = g.node('Where', [test, g.cast(t, 'int32'), g.cast(e, 'int32')], t.shape, 'int32');
  return g.cast(chosen, 'bool');
}
