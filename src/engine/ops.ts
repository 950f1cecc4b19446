/*
 * Operations that tfjs-core lacks or computes slowly, with explicit gradients. They consist of tfjs-core
 * operations, so that they work on every engine; if the active engine has a fused kernel for one, it uses
 * that.
 */
export { conv1d, normalisedConv1d } from './ops/conv1d.js';
export { behindGate, gated } from './ops/gated.js';
export { gelu } from './ops/gelu.js';
export { groupedConv1d } from './ops/grouped-conv1d.js';
export { layerNorm } from './ops/layer-norm.js';
export { linear } from './ops/linear.js';
export { pairedConv1d } from './ops/paired-conv1d.js';
export { spectralConv1d } from './ops/spectral-conv1d.js';
