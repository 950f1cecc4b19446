import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface ResolvedEngine {
  name: string;
  /** Name of the package with its version, as fingerprints of training hold it. */
  id: string;
}

const require = createRequire(import.meta.url);

/**
 * What an engine's name means here, without loading it (that takes longer than a run of hits). Only where TensorFlow's native library is
 * installed must it be loaded: whether it sees a GPU decides.
 */
export async function resolveEngine(choice: string): Promise<ResolvedEngine> {
  if (choice === 'tensorflow' || (choice === 'auto' && tensorFlowIsInstalled())) {
    const { openEngine } = await import('../engine/choose.js');
    const { name, version, dispose } = await openEngine(choice);
    await dispose();
    return { name, id: version };
  }
  const name = choice === 'auto' ? 'onnxruntime' : choice;
  const packageName = name === 'cpu' ? '@tensorflow/tfjs-backend-cpu' : 'onnxruntime-node';
  return { name, id: `${packageName} ${installedVersion(packageName) ?? 'missing'}` };
}

function tensorFlowIsInstalled(): boolean {
  const folder = packageFolder('@tensorflow/tfjs-node-gpu');
  if (folder === undefined) return false;
  const lib = join(folder, 'lib');
  if (!existsSync(lib)) return false;
  return readdirSync(lib).some((name) => existsSync(join(lib, name, 'tfjs_binding.node')));
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
