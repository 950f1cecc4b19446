/**
 * Puts the command line and the built-in stages into one file, `dist/etude.cjs`, as the last step of the
 * build: opening and resolving some hundred modules takes longer than everything that a run does in which
 * nothing changed, and than many stages. Modules are evaluated when they are first imported, as without a
 * bundle. The digests of the stages' code go with it, so that nothing else is computed under their
 * fingerprints.
 *
 *   node scripts/bundle.mjs              of `dist/`
 *   node scripts/bundle.mjs .test-build  of what the tests run in
 */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tokenizer } from 'acorn';
import { build } from 'esbuild';
import { bundlePlots } from './bundle-plots.mjs';
import { bundleWeb } from './bundle-web.mjs';
import { licenses } from './licenses.mjs';

/** The folder of the compiled modules, and of the bundle. */
const DIST = resolve(process.argv[2] ?? 'dist');
const isPacked = process.argv[2] === undefined;
const OWN = /[\\/](dist|\.test-build)[\\/](src|stages|validators)[\\/].*\.js$/;

/** Large, native or rarely needed: loaded from node_modules on demand. */
const INSTALLED =
  /^(@aws-sdk|@hono|@huggingface|@marcbachmann|@tensorflow|@wasm-audio-decoders|codec-parser|hono|mpg123-decoder|opus-decoder|onnxruntime-|prom-client|tsx)/;

/**
 * Modules that stay beside the bundle, with what they import: one with top-level await, as in Ink, which
 * CommonJS does not support, and one that few runs need, with the packages that draw.
 */
const BESIDE = ['ui/ink/screen.js', 'learning/report/make-report.js'].map((path) => join(DIST, 'src', path));

/** The module that has the digests of the stages' code. */
const CODES_USER = join(DIST, 'src', 'pipeline', 'run', 'bundled-stages.js');

/** Packages that take a while to load, for functions that are rarely called. */
const LAZY = /^string-width$/;

const posix = (path) => path.replaceAll('\\', '/');

/** The path of a module, or of a file that one names, as an expression in the bundle. */
const place = (path) => `__place(${JSON.stringify(posix(relative(DIST, path)))})`;

const plugin = {
  name: 'etude',
  setup(builder) {
    builder.onLoad({ filter: OWN }, async ({ path }) => ({
      contents: adapt(path, await readFile(path, 'utf8')),
    }));
    builder.onResolve({ filter: INSTALLED }, ({ path }) => ({ path, external: true }));
    builder.onResolve({ filter: LAZY }, ({ path, namespace }) =>
      namespace === 'lazy' ? undefined : { path, namespace: 'lazy' },
    );
    builder.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: `let found; export default (...args) => (found ??= require('${path}').default)(...args);`,
      resolveDir: DIST,
    }));
  },
};

/** A module as it is put into the bundle. */
function adapt(path, text) {
  return (
    (path === CODES_USER ? `const BUNDLED_CODES = ${JSON.stringify(codes)};\n${text}` : text)
      // The `require` of validators, for ajv's helpers, and of Arrow: esbuild bundles those.
      .replace(
        /^import \{ createRequire \}.*\nconst require = .*\n(?="use strict"|[\s\S]*['"]apache-arrow['"])/m,
        '',
      )
      // It uses this to find files next to it, and must get its original URL. A message has it, too.
      .replaceAll(/import\.meta\.url(?!\)\.")/g, place(path))
      // What is not in the bundle is imported by a function from `src/util/load-bundle.cts`.
      .replaceAll(/\bimport\((?:['"]([^'"]+)['"]|(?=[a-z]))/g, (all, name) => {
        if (name === undefined) return '__import(';
        const file = resolve(dirname(path), name);
        if (BESIDE.includes(file)) return `__import(${place(file)}`;
        return INSTALLED.test(name) || name.startsWith('node:') ? all.replace('import', '__import') : all;
      })
  );
}

const BUNDLE = join(DIST, 'etude.cjs');
const codes = await stageCodes();
const { metafile } = await build({
  stdin: {
    contents: `export const commandLine = () => import('./src/cli/command-line.js');
      export const stages = () => import('./src/pipeline/run/compute-tasks.js');`,
    resolveDir: DIST,
  },
  outfile: BUNDLE,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // Names are kept for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [plugin],
  metafile: true,
  logLevel: 'error',
  logOverride: { 'empty-import-meta': 'silent' },
  // Without this, `src/util/load-bundle.cts` takes it for cut off.
  footer: { js: '//# etude ends here' },
  banner: {
    js: "const __place=(file)=>require('node:url').pathToFileURL(require('node:path').join(__dirname,file)).href;",
  },
});
refuse(readFileSync(BUNDLE, 'utf8'));
if (isPacked) {
  const elsewhere = [await bundlePlots({ write: false }), await bundleWeb({ write: false })];
  const packages = [...Object.keys(metafile.inputs), ...elsewhere.flat()];
  writeFileSync(join(DIST, 'LICENSES.txt'), licenses(packages));
}
const bundle = createHash('sha256').update(readFileSync(BUNDLE)).digest('hex');
writeFileSync(join(DIST, 'bundled-codes.json'), JSON.stringify({ bundle, codes }));
rmSync(join(DIST, 'code-cache'), { recursive: true, force: true });

/** The digests of the built-in stage types' code, by name. */
async function stageCodes() {
  const load = (path) => import(pathToFileURL(join(DIST, 'src', path)).href);
  const { builtInStageTypes, findBuiltIn } = await load('stage/find-stage-type.js');
  const { codeClosure } = await load('pipeline/plan/code/code-closure.js');
  const { NO_MEMO } = await load('pipeline/cache/stat-memo.js');
  const digests = builtInStageTypes().map(async (name) => {
    const { module } = await findBuiltIn(name);
    return [name, (await codeClosure(module, NO_MEMO)).digest];
  });
  return Object.fromEntries(await Promise.all(digests));
}

/** Code that is compiled with a cache cannot import, and is read as ASCII (`src/util/load-bundle.cts`). */
function refuse(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters of ASCII
  const other = /[^\x00-\x7f]/.exec(text);
  if (other !== null) throw new Error(`the bundle is not ASCII: ${text.slice(other.index).slice(0, 80)}`);
  let last;
  for (const token of tokenizer(text, { ecmaVersion: 'latest', sourceType: 'script' })) {
    if (last?.type.keyword === 'import' && token.type.label === '(')
      throw new Error(`the bundle imports by itself: ${text.slice(last.start, last.start + 80)}`);
    last = token;
  }
}
