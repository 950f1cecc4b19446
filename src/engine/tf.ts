/**
 * TensorFlow.js for all of Etude: the operations of `@tensorflow/tfjs-core` with the gradients that its Node
 * build lacks. No back end is loaded; see `open-engine.ts`.
 *
 * There is one instance of tfjs-core in a process: the package has no `exports` map, so that `import` and
 * `require` of the bare name both give `dist/tf-core.node.js` (CommonJS), and the back ends require it by the
 * same name. Importing a file under `@tensorflow/tfjs-core/dist/` would make a second one. Chained methods
 * (`x.add(y)`) are not registered: write `tf.add(x, y)`.
 */
import './gradients/index.js';

export * from './core.js';
