/**
 * What npm does before and after it packs this folder: `before` leaves `prepare` out of package.json, `after`
 * puts it back (also where packing was cut off). A packed package has nothing to prepare, but where it is
 * installed from a file, npm warns of it as an install script.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../package.json', import.meta.url));
const SCRIPTS = '  "scripts": {\n';
const PREPARE = '    "prepare": "node scripts/prepare.mjs",\n';

const bare = readFileSync(FILE, 'utf8').replace(SCRIPTS + PREPARE, SCRIPTS);
if ('prepare' in JSON.parse(bare).scripts) throw new Error('scripts/pack.mjs and package.json disagree');
writeFileSync(FILE, process.argv[2] === 'after' ? bare.replace(SCRIPTS, SCRIPTS + PREPARE) : bare);
