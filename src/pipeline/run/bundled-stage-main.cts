/** The same as `stage-main`, from the bundle: the entry of a process that computes built-in stages. */
import path = require('node:path');
import loader = require('../../util/load-bundle.cjs');

const bundle = loader.loadBundle(path.join(__dirname, '..', '..', '..', 'etude.cjs'), {
  role: process.argv[2] === undefined ? 'stages' : 'stage',
  keep: true,
}) as { stages(): Promise<typeof import('./compute-tasks.js')> };
void bundle.stages().then(({ computeTasks }) => computeTasks());
