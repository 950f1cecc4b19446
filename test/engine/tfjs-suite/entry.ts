/*
 * What is bundled and run: the test-suite that tfjs-core publishes, with one back end registered for it. The
 * order of imports matters: Jasmine's globals come first, and specs are declared for the environments that
 * are known when their module is evaluated.
 */
import './jasmine.js';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import './environment.js';
import '@tensorflow/tfjs-core/dist/tests.js';

export { register } from './environment.js';
export { run } from './jasmine.js';
