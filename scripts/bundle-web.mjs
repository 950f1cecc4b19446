/**
 * Writes `dist/web/`, what `etude export web` puts beside a model: the classifier and its page, bundled for
 * browsers, their types, and ONNX Runtime's WebAssembly. It is part of the package, so that an installed
 * Etude needs nothing more.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';
import { licenses } from './licenses.mjs';

const SOURCE = join('src', 'web');
const OUT = join('dist', 'web');

/** The files that are bundled, by the names that they get. */
const ENTRIES = {
  classifier: 'classifier.ts',
  'classifier-worker': 'worker/worker.ts',
  'microphone-worklet': 'microphone-worklet.ts',
  page: 'page/page.ts',
};

/** Files as they are. */
const COPIED = {
  'index.html': join(SOURCE, 'page', 'index.html'),
  'page.css': join(SOURCE, 'page', 'page.css'),
  'start.js': join(SOURCE, 'page', 'start.js'),
  'README.md': join(SOURCE, 'page', 'README.md'),
  'ort-wasm-simd-threaded.mjs': join('node_modules', 'onnxruntime-web', 'dist', 'ort-wasm-simd-threaded.mjs'),
  'ort-wasm-simd-threaded.wasm': join(
    'node_modules',
    'onnxruntime-web',
    'dist',
    'ort-wasm-simd-threaded.wasm',
  ),
};

/** The modules whose declarations make up `classifier.d.ts`. */
const DECLARED = ['types.ts', 'classifier-error.ts', 'classifier.ts'];

/** Writes the folder, unless `write` is false. Returns the files that are in it. */
export async function bundleWeb({ write = true } = {}) {
  const { metafile, outputFiles } = await build({
    entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: join(SOURCE, file), out })),
    outdir: OUT,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    // Without the WebAssembly's loader, which is beside it: threads load it once more.
    conditions: ['onnxruntime-web-use-extern-wasm'],
    minify: true,
    metafile: true,
    write: false,
    logLevel: 'error',
    plugins: [{ name: 'apart', setup: keepApart }],
  });
  const files = [...Object.keys(metafile.inputs), ...Object.values(COPIED)];
  if (!write) return files;
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
  for (const [name, from] of Object.entries(COPIED)) copyFileSync(from, join(OUT, name));
  writeFileSync(join(OUT, 'classifier.d.ts'), declarations());
  writeFileSync(join(OUT, 'LICENSES.txt'), licenses(files));
  return files;
}

/** The page imports `classifier.js`, as other pages do. */
function keepApart(builder) {
  builder.onResolve({ filter: /^\.\.\/classifier\.js$/ }, () => ({
    path: './classifier.js',
    external: true,
  }));
}

/** The types of `classifier.js` in one file. */
function declarations() {
  const parts = DECLARED.map((file) => {
    const text = readFileSync(join(SOURCE, file), 'utf8');
    const { outputText } = ts.transpileDeclaration(text, {
      compilerOptions: { target: ts.ScriptTarget.ES2022 },
    });
    return outputText.replaceAll(/^(?:import|export) [^\n]* from '\.\/[^\n]*\n/gm, '').trim();
  });
  return `${parts.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleWeb();
