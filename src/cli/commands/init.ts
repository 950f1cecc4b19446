import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Checkpoint, chooseCheckpoint, schemaLine } from '../../init/checkpoint.js';
import { describeClips, percent } from '../../init/describe-clips.js';
import { folderRecipe } from '../../init/folder-recipe.js';
import type { FoundData } from '../../init/inspect-data.js';
import { chooseData, chooseTemplate, type Person, type Wishes } from '../../init/questions.js';
import { shippedRecipe, type Template } from '../../init/templates.js';
import { writeRecipe } from '../../init/write-recipe.js';
import { clean } from '../../terminal/line.js';
import { editable } from '../../terminal/output.js';
import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { EXIT } from '../errors.js';

const FILE = 'recipe.yaml';
/** The most class names that are listed. */
const MOST_NAMES = 8;

export interface InitOptions extends Wishes {
  /** A lock file or a bundle. */
  from?: string;
  yes?: boolean;
}

/**
 * `etude init [FOLDER]`: writes a commented recipe, `recipe.yaml`, into the folder, but never overwrites one.
 * Asks on a terminal for what the options leave open; with `--yes`, and without a terminal, it uses defaults.
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
      const checkpoint = await chooseCheckpoint(folder, options.checkpoint);
      await writeRecipe(
        folder,
        file,
        folderRecipe(data, { name, file, schema: schemaLine(folder), checkpoint }),
      );
      process.stdout.write(`${foundLines(data, checkpoint).map(clean).join('\n')}\n`);
    } else await writeRecipe(folder, file, await shipped(template, folder, options));
    process.stdout.write(`wrote ${file}\n\n  etude plan ${file}\n  etude run ${file}\n`);
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    process.stdout.write('\n');
    process.exitCode = EXIT.cancelled;
  } finally {
    person?.close();
  }
}

/** Starts from somebody else's results: a bundle is unpacked, a lock's recipe extended. */
async function initFrom(from: string, folder: string, { template, data }: Wishes): Promise<void> {
  if (template !== undefined || data !== undefined)
    throw new EtudeError('--from cannot be combined with --template or --data');
  if (!/\.lock$/i.test(from)) {
    const { unbundle } = await import('./unbundle.js');
    return unbundle(from, folder, {});
  }
  const { lockRecipe } = await import('../../init/lock-recipe.js');
  const file = join(folder, FILE);
  await writeRecipe(folder, file, await lockRecipe(from, folder, file));
  process.stdout.write(`wrote ${file}\n\n  etude plan ${file}\n  etude run ${file}\n`);
}

/** Throws `Gone` when the terminal does: at Ctrl-C and Ctrl-D. Lines that are pasted ahead are kept. */
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
    say: (text) => process.stdout.write(`${text.split('\n').map(clean).join('\n')}\n`),
    close: () => terminal.close(),
  };
}

/** The person who was asked has left. */
class Gone extends Error {}

/** A template that ships, with the requested checkpoint. */
async function shipped(
  template: Exclude<Template, 'folder'>,
  folder: string,
  { checkpoint }: InitOptions,
): Promise<string> {
  const path = checkpoint === undefined ? undefined : (await chooseCheckpoint(folder, checkpoint)).path;
  return shippedRecipe(template, join(folder, FILE), schemaLine(folder), path);
}

/** What was found and chosen, one line each. */
function foundLines(data: FoundData, checkpoint: Checkpoint): string[] {
  const { classes, splits, label, why, counts, clips, speakers, cut } = data;
  const rows = Object.entries(splits).map(([split, number]) => `${split} ${number ?? '?'}`);
  const withCounts = classes.map((name) => `${name} ${counts.values.get(name) ?? 0}`);
  const names = withCounts.length > MOST_NAMES ? [...withCounts.slice(0, MOST_NAMES - 1), '…'] : withCounts;
  const lines = [
    `found ${rows.join(', ')}`,
    `${count(classes.length, 'class')} in column ${label} (${why}): ${names.join(', ')}`,
  ];
  if (counts.missing > 0)
    lines.push(`${count(counts.missing, 'row')} without a label, which the load stage will refuse`);
  if (clips !== undefined) {
    lines.push(`clips: ${describeClips(clips)}`);
    const longer =
      clips.cut === 0 ? 'no clip is longer' : `${percent(clips.cut)} of the clips are longer, and are cut`;
    lines.push(`max_length ${clips.max_length / 16_000} s: ${longer}`);
  }
  if (speakers !== undefined) lines.push(`${count(speakers.count, 'speaker')} in column ${speakers.column}`);
  if (!Object.hasOwn(splits, 'test')) {
    const ways = {
      group: 'no speaker is in both parts',
      stratify: 'each class keeps its share',
      chance: 'at random',
    };
    lines.push(`test split: a fifth, ${ways[cut.by]}${cut.by === 'chance' ? ` (${cut.why})` : ''}`);
  }
  return [...lines, `checkpoint: ${checkpoint.path}`, ...checkpoint.comment.map((line) => `  ${line}`)];
}
