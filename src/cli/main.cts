#!/usr/bin/env node
/**
 * The entry of `etude`. The help of all commands is a text that the build wrote (`dist/help.txt`, 80
 * columns): it is printed without loading the command line, whose modules take longer to load than the answer
 * is worth.
 */
import fs = require('node:fs');
import path = require('node:path');

const HELP_WIDTH = 80;
const HELP_FILE = path.join(__dirname, '..', '..', 'help.txt');

const args = process.argv.slice(2);
const asksForHelp = args.length === 0 || (args.length === 1 && ['-h', '--help', 'help'].includes(args[0]!));
const isNarrow = process.stdout.isTTY && process.stdout.columns < HELP_WIDTH;
if (asksForHelp && !isNarrow && fs.existsSync(HELP_FILE)) {
  process.stdout.on('error', () => {}); // A reader that closes early (`etude --help | head -1`) is not a failure.
  process.stdout.write(fs.readFileSync(HELP_FILE));
} else {
  void import('./command-line.js').then(({ runCommandLine }) => runCommandLine(args));
}
