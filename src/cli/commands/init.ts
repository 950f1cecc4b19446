import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { EtudeError } from '../../errors.js';
import { folderRecipe } from '../../init/folder-recipe.js';
import type { FoundData } from '../../init/inspect-data.js';
import { chooseData, chooseTemplate, type Person, type Wishes } from '../../init/questions.js';
import { shippedRecipe } from '../../init/templates.js';
import { clean } from '../../ui/line.js';
import { editable } from '../../ui/output.js';
import { EXIT } from '../errors.js';

const FILE = 'recipe.yaml';
/** Class names that are told. */
const MOST_NAMES = 8;

export interface InitOptions extends Wishes {
  /** A lock file or a bundle. */
  from?: string;
  yes?: boolean;
}

/**
 * `etude init [FOLDER]`: writes a commented recipe, `recipe.yaml`, into the folder; never over one that is there. Asks on a terminal for
 * what the options leave open; with `--yes`, and where there is no terminal, it takes what is usual.
 */
export async function init(folder: string, options: InitOptions): Promise<void> {
  if (options.from !== undefined) return initFrom(options.from, folder, options);
  const asks = !options.yes && process.stdin.isTTY === true && process.stdout.isTTY === true;
  const person = asks ? personAtTerminal() : undefined;
  try {
    const file = join(folder, FILE);
    const template = await chooseTemplate(options, person);
    if (template === 'folder') {
      const data = await chooseData(folder, options, person);
      const name = basename(resolve(folder, data.path)) || 'audio';
      await write(folder, file, folderRecipe(data, { name, file }));
      process.stdout.write(`${clean(told(data))}\n`);
    } else await write(folder, file, await shippedRecipe(template, file));
    process.stdout.write(`wrote ${file}\n\n  etude plan ${file}\n  etude run ${file}\n`);
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    process.stdout.write('\n');
    process.exitCode = EXIT.cancelled;
  } finally {
    person?.close();
  }
}

/** What somebody else reached: a bundle is unpacked, a lock's recipe extended. */
async function initFrom(from: string, folder: string, { template, data }: Wishes): Promise<void> {
  if (template !== undefined || data !== undefined)
    throw new EtudeError('--from goes without --template and --data');
  if (!/\.lock$/i.test(from)) {
    const { unbundle } = await import('./unbundle.js');
    return unbundle(from, folder, {});
  }
  const { lockRecipe } = await import('../../init/lock-recipe.js');
  const file = join(folder, FILE);
  await write(folder, file, await lockRecipe(from, folder, file));
  process.stdout.write(`wrote ${file}\n\n  etude plan ${file}\n  etude run ${file}\n`);
}

/** Ends with `Gone` when the terminal does: at Ctrl-C and Ctrl-D. Lines that are pasted ahead are kept. */
function personAtTerminal(): Person & { close(): void } {
  const terminal = createInterface({ input: process.stdin, output: editable(process.stdout) });
  const lines = terminal[Symbol.asyncIterator]();
  return {
    async ask(question) {
      terminal.setPrompt(clean(question));
      terminal.prompt();
      const { done, value } = await lines.next();
      if (done) throw new Gone();
      return value.trim();
    },
    tell: (text) => process.stdout.write(`${text.split('\n').map(clean).join('\n')}\n`),
    close: () => terminal.close(),
  };
}

/** Whoever was asked has left. */
class Gone extends Error {}

function told({ classes, splits, label }: FoundData): string {
  const rows = Object.entries(splits).map(([split, count]) => `${split} ${count ?? '?'}`);
  const names = classes.length > MOST_NAMES ? [...classes.slice(0, MOST_NAMES - 1), '…'] : classes;
  const found = names.length === 0 ? '' : `; ${classes.length} classes in ${label}: ${names.join(', ')}`;
  return `found ${rows.join(', ')}${found}`;
}

/** Written whole, and only where nothing is. */
async function write(folder: string, file: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new EtudeError(`'${relative('', file)}' is there already, and stays as it is`, {
      hint: 'Name another folder: etude init FOLDER',
    });
  }
}
