import { createRequire } from 'node:module';
import { build } from 'esbuild';
import { scriptFile } from '../../support/script.js';
import type { SpecResult } from './jasmine.js';

/** The suite with one back end, ready to run in this process. */
export interface Suite {
  /** Makes the back end known to the suite; must be called first. */
  register(): Promise<void>;
  /** Runs the specs whose names match. */
  run(filter: RegExp): Promise<SpecResult[]>;
}

/**
 * Bundles the suite into one file and loads it. The bundle contains one instance of tfjs-core, shared by the
 * specs, which import its parts as ES modules, and by the back ends, which import the package.
 */
export async function loadSuite(engine: string, outfile: string): Promise<Suite> {
  await build({
    entryPoints: [scriptFile('./entry.ts', import.meta.url)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    // Not our own config, which is strict: Jasmine 3 assigns to undeclared variables.
    tsconfigRaw: {},
    // The package declares its specs free of side effects.
    ignoreAnnotations: true,
    define: {
      ENGINE: JSON.stringify(engine),
      // From here onnxruntime-node, which is not in the bundle, is found.
      'import.meta.url': JSON.stringify(import.meta.url),
    },
    logLevel: 'error',
  });
  return createRequire(import.meta.url)(outfile);
}
