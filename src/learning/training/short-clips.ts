import { count } from '../../util/words.js';
import type { ClipName } from '../data/clip-names.js';
import type { DatasetReader } from '../data/dataset.js';
import { type ModelConfig, shortestInput } from '../model/config.js';

/** The most rows that a sentence names. */
const SHOWN = 10;

/**
 * One sentence per split with clips that the model cannot process. A training does not read these splits and
 * would not notice, but an evaluation after it would fail.
 *
 * @param splits the splits to check
 */
export async function shortClips(
  reader: DatasetReader,
  splits: readonly string[],
  column: string,
  config: ModelConfig,
  clipName: ClipName,
): Promise<string[]> {
  // Spectrograms are all of one size.
  if (config.spectrogram !== undefined) return [];
  const needed = shortestInput(config);
  const { row_size: unit = 1 } = config;
  const sentences: string[] = [];
  for (const split of splits) {
    const rows: number[] = [];
    for (let row = 0; row < reader.num_rows(split); row += 1) {
      const samples = (await reader.value(split, column, row)) as ArrayLike<unknown> | null;
      if ((samples?.length ?? 0) * unit < needed) rows.push(row);
    }
    if (rows.length === 0) continue;
    const named = rows.slice(0, SHOWN).map(async (row) => {
      const file = await clipName(split, row, reader.num_rows(split));
      return file === undefined ? `${row}` : `${row} (${file})`;
    });
    const shown = (await Promise.all(named)).join(', ');
    const which = rows.length > SHOWN ? `${shown} and ${rows.length - SHOWN} more` : shown;
    sentences.push(
      `clips of split '${split}' are too short for the model (which needs at least ${count(needed, 'sample')}), so it cannot be evaluated on them: ` +
        `${rows.length === 1 ? 'row' : 'rows'} ${which}`,
    );
  }
  return sentences;
}
