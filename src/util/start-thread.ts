import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Named here, so that it is not taken for an import of the code of stages, which an installed Etude lacks. */
const LOADER = 'tsx/esm/api';

/**
 * Starts a module of ours as a thread.
 *
 * @param module Its address, ending in `.js`. In development it is a TypeScript file, for which a thread
 * needs a loader.
 */
export function startThread(module: URL, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(module, options);
  const loader = JSON.stringify(import.meta.resolve(LOADER));
  const entry = JSON.stringify(module.href.replace(/\.js$/, '.ts'));
  const code = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(code, { ...options, eval: true });
}
