import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface ResolvedEngine {
  name: string;
  /** Name of the package with its version, as fingerprints of training hold it. */
  id: string;
}

const require = createRequire(import.meta.url);

/**
 * What an engine's name means here, without loading it (that takes longer than a run of hits). Only TensorFlow must be tried, in a process of its
 * own: whether it works, and sees a GPU, decides. `auto` does that only where one is installed and the machine may have a GPU.
 */
export async function resolveEngine(choice: string): Promise<ResolvedEngine> {
  const { probeTensorFlow, tensorFlowOnGpu } = await import('../engine/tensorflow/probe.js');
  if (choice === 'tensorflow') return { name: choice, id: (await probeTensorFlow()).version };
  if (choice === 'auto') {
    const found = await tensorFlowOnGpu();
    if (typeof found !== 'string') return { name: 'tensorflow', id: found.version };
  }
  const name = choice === 'auto' ? 'onnxruntime' : choice;
  const packageName = name === 'cpu' ? '@tensorflow/tfjs-backend-cpu' : 'onnxruntime-node';
  return { name, id: `${packageName} ${installedVersion(packageName) ?? 'missing'}` };
}

/** The version of an installed package; `undefined` where it is not. */
export function installedVersion(name: string): string | undefined {
  const folder = packageFolder(name);
  if (folder === undefined) return undefined;
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

function packageFolder(name: string): string | undefined {
  for (const base of require.resolve.paths(name) ?? []) {
    const file = join(base, name, 'package.json');
    if (existsSync(file)) return dirname(file);
  }
  return undefined;
}
