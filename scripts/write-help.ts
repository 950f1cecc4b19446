/**
 * Writes the help of `etude`, as the command line prints it at 80 columns, to `dist/help.txt`, which
 * `src/cli/main.cts` prints.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createProgram } from '../src/cli/program.js';

let help = '';
const writeOut = (text: string) => {
  help += text;
};
createProgram()
  .configureOutput({ writeOut, getOutHelpWidth: () => 80 })
  .outputHelp();
writeFileSync(fileURLToPath(new URL('../dist/help.txt', import.meta.url)), help);
