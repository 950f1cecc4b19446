/*
 * Gradients of the tfjs-core kernels that models use.
 *
 * The build of `@tensorflow/tfjs-core` that Node loads registers none, and its own gradient modules are written for
 * bundlers: Node cannot import them. So they are written here, after the same formulas, with fewer nodes.
 * A gradient that is registered already (by `@tensorflow/tfjs-node`, say) is kept.
 */
import './elementwise.js';
import './linear.js';
import './reduction.js';
import './shape.js';
