import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clipOfRow } from '../../project/play/clip-of-row.js';
import { playersOf, playFile } from '../../project/play/players.js';
import { chop, clean, foldIndented, span, widthOf } from '../../terminal/line.js';
import { writeBytes } from '../../terminal/output.js';
import { EtudeError } from '../../util/errors.js';
import { interruptible } from '../interruptible.js';
import { openRecipe, type RecipeOptions } from '../open-recipe.js';
import { outputWidth, printLines } from '../print.js';
import { levelText, waveform } from '../show/waveform.js';

/** Widest picture of a clip. */
const WIDTH = 72;

/** The name that means standard output, as for other programs. */
const STDOUT = '-';

/**
 * `etude play RECIPE STAGE ROW`: plays a clip with a program of the system, or writes it to a WAV
 * file or, with `-o -`, to standard output.
 */
export async function play(
  recipe: string,
  stage: string,
  row: number,
  { split, output, ...options }: RecipeOptions & { split?: string; output?: string },
): Promise<void> {
  if (output === STDOUT && process.stdout.isTTY)
    throw new EtudeError('a WAV file is not written to a terminal', {
      hint: 'Pipe it into a program or a file, or give the name of a file.',
    });
  const opened = await openRecipe(recipe, options);
  const clip = await clipOfRow(await opened.artifact(stage), row, split);
  const { samples, sampling_rate, wav } = clip;
  if (output === STDOUT) return writeBytes(process.stdout, wav);
  const seconds = `${(samples.length / sampling_rate).toFixed(2)} s`;
  const width = outputWidth();
  const name = clean(clip.path ?? 'clip');
  const facts = clean(`row ${row} of ${clip.split}  ${seconds}  ${sampling_rate} Hz  ${levelText(samples)}`);
  const isShort = widthOf(name) + 2 + widthOf(facts) <= width;
  printLines([
    ...(isShort
      ? [[span(name, 'bold'), span(`  ${facts}`, 'dim')]]
      : [
          ...chop(name, width).map((part) => [span(part, 'bold')]),
          ...foldIndented(facts, width).map((part) => [span(part, 'dim')]),
        ]),
    [span(waveform(samples, Math.min(WIDTH, width)), 'cyan')],
  ]);
  if (output !== undefined) {
    await writeFile(output, wav);
    return;
  }
  await interruptible('the clip was not played to its end', async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'etude-play-'));
    try {
      const file = join(folder, 'clip.wav');
      await writeFile(file, wav);
      await playFile(playersOf(process.platform, file), signal);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
