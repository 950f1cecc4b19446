/**
 * What npm does after it installed this folder: the build, where there is all that it takes. `npm ci
 * --omit=dev` installs no compiler: then what is built already, elsewhere, is what runs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const isWhole = existsSync('node_modules/typescript/package.json');
const [command, ...args] = isWhole ? ['npm', 'run', 'build'] : ['node', 'scripts/vendor.mjs'];
if (!isWhole && !existsSync('dist/etude.cjs'))
  console.error('dist/ is not built, and what builds it is left out: npm ci without --omit=dev builds it');
const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
process.exit(status ?? 1);
