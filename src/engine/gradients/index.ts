/*
 * Gradients of the tfjs-core kernels that models use.
 *
 * The build of `@tensorflow/tfjs-core` that Node loads registers none, and its own gradient modules are
 * written for bundlers: Node cannot import them. So they are written here, with the same formulas but fewer
 * nodes. A gradient that is already registered is kept. The `tensorflow` engine registers others when it
 * loads, and these are restored, so that every engine computes the same (`../tensorflow/load.ts`).
 */
import './elementwise.js';
import './linear.js';
import './reduction.js';
import './shape.js';
