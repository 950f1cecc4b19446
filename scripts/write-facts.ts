/** Scans every built module that a stage's code may hold, once, for `builtFacts` to find: a part of the build. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scanJavaScript } from '../src/pipeline/plan/code/scan-javascript.js';
import { sha256 } from '../src/util/sha256.js';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const facts: Record<string, unknown> = {};
for (const folder of ['src', 'stages']) {
  for (const name of readdirSync(join(dist, folder), { recursive: true, encoding: 'utf8' }).sort()) {
    if (!name.endsWith('.js')) continue;
    const text = readFileSync(join(dist, folder, name), 'utf8');
    facts[sha256(text)] = scanJavaScript(text);
  }
}
writeFileSync(join(dist, 'src/pipeline/plan/code/built-facts.json'), JSON.stringify(facts));
