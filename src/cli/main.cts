#!/usr/bin/env node
/**
 * The entry of `etude`. The help of all commands is a text that the build wrote (`dist/help.txt`, 80
 * columns): it is printed without loading the command line, whose modules take too long to load for that.
 * Everything else runs from the bundle of the command line; with ETUDE_DEBUG=1 from its original modules, so
 * that stack traces have their files and lines.
 */
import fs = require('node:fs');
import path = require('node:path');

const HELP_WIDTH = 80;
const DIST = path.join(__dirname, '..', '..');
const HELP_FILE = path.join(DIST, 'help.txt');
const BUNDLE = path.join(DIST, 'etude.cjs');

const args = process.argv.slice(2);
const asksForHelp = args.length === 0 || (args.length === 1 && ['-h', '--help', 'help'].includes(args[0]!));
const isNarrow = process.stdout.isTTY && process.stdout.columns < HELP_WIDTH;
if (asksForHelp && !isNarrow && fs.existsSync(HELP_FILE)) {
  process.stdout.on('error', () => {}); // A reader that closes early (`etude --help | head -1`) is not a failure.
  process.stdout.write(fs.readFileSync(HELP_FILE));
} else if (process.env.ETUDE_DEBUG !== '1' && fs.existsSync(BUNDLE)) {
  const { loadBundle } = require('../util/load-bundle.cjs') as typeof import('../util/load-bundle.cjs');
  // A run calls nearly everything that other commands do.
  const keep = args[0] === 'run' || /\.ya?ml$/i.test(args[0]!);
  const bundle = loadBundle(BUNDLE, { role: 'command-line', keep }) as {
    commandLine(): Promise<typeof import('./command-line.js')>;
  };
  void bundle.commandLine().then(({ runCommandLine }) => runCommandLine(args));
} else {
  void import('./command-line.js').then(({ runCommandLine }) => runCommandLine(args));
}
