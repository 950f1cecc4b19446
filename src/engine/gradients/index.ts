/*
 * Gradients of the tfjs-core kernels that models use.
 *
 * The build of `@tensorflow/tfjs-core` that Node loads registers none, and its own gradient modules are written for
 * bundlers: Node cannot import them. So they are written here, after the same formulas, with fewer nodes.
 * A gradient that is registered already is kept. The `tensorflow` engine registers others when it loads: these are put
 * back, so that every engine computes the same (`../tensorflow/load.ts`).
 */
import './elementwise.js';
import './linear.js';
import './reduction.js';
import './shape.js';
