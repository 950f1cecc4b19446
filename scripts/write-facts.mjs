/**
 * Scans every compiled module that may be part of a stage's code, once, for `builtFacts`: part of the build,
 * and of compiling the tests.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Where the facts of a folder's modules are written. */
export const FACTS = join('src', 'pipeline', 'plan', 'code', 'built-facts.json');

/** Writes the facts of the modules below `src` and `stages` of a folder of compiled code. */
export async function writeFacts(folder) {
  const load = (path) => import(pathToFileURL(resolve(folder, path)).href);
  const { scanJavaScript } = await load('src/pipeline/plan/code/scan-javascript.js');
  const { sha256 } = await load('src/util/sha256.js');
  const facts = {};
  for (const part of ['src', 'stages']) {
    for (const name of readdirSync(join(folder, part), { recursive: true }).sort()) {
      const path = join(folder, part, name);
      if (!name.endsWith('.js') || !existsSync(path)) continue;
      const text = readFileSync(path, 'utf8');
      facts[sha256(text)] = scanJavaScript(text);
    }
  }
  writeFileSync(join(folder, FACTS), JSON.stringify(facts));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFacts('dist');
