import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { makeFolder } from '../files/make-folder.js';
import { terminalText } from '../terminal/terminal-text.js';
import { EtudeError } from '../util/errors.js';

/**
 * Writes a complete recipe, or throws an EtudeError if one exists. Creates its folder. Values are already
 * escaped; comments lose invisible characters.
 */
export async function writeRecipe(folder: string, file: string, text: string): Promise<void> {
  await makeFolder(folder);
  try {
    await writeFile(file, terminalText(text), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new EtudeError(`'${relative('', file)}' already exists, and was left as it is`, {
      hint: 'Give another folder: etude init FOLDER',
    });
  }
}
