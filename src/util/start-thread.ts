import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a module of ours as a thread.
 *
 * @param module Its address, ending in `.js`. In development it is a TypeScript file, for which a thread
 * needs a loader.
 */
export function startThread(module: URL, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(module, options);
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(module.href.replace(/\.js$/, '.ts'));
  const code = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(code, { ...options, eval: true });
}
