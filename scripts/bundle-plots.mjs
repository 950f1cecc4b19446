/**
 * Puts the packages that draw the pictures of reports into one module, in place of the one that imports them:
 * they are part of the package, and are not installed with it. What of them is not used falls away.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const MODULE = join('src', 'learning', 'report', 'plots', 'plot-library');

/** Writes the module, unless `write` is false. Returns the files that are in it. */
export async function bundlePlots(options) {
  const { metafile } = await build({
    entryPoints: [`${MODULE}.ts`],
    outfile: join('dist', `${MODULE}.js`),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'node20',
    minify: true,
    metafile: true,
    logLevel: 'error',
    ...options,
  });
  return Object.keys(metafile.inputs);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundlePlots();
