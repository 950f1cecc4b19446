/** The last step of the build: makes the command line executable, and known to `npx etude` inside a clone of this repository. */
import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs';

const main = 'dist/src/cli/main.js';
const link = 'node_modules/.bin/etude';

chmodSync(main, 0o755);
// Windows has no such links for everyone; `npm run etude -- …` works there.
if (process.platform !== 'win32' && existsSync('node_modules/.bin')) {
  rmSync(link, { force: true });
  symlinkSync(`../../${main}`, link);
}
