import { EtudeError } from '../../util/errors.js';
import { count } from '../../util/words.js';
import { CONVERT } from './convert-hint.js';
import { containerOf, describeUnknown } from './decode/container.js';

/** The most clips of a kind that a sentence names. */
const SHOWN = 3;

/** Why decoding a file would fail, judging by its first bytes, and what helps. */
interface Reason {
  /** Continues "3 clips are". */
  words: string;
  hint?: string;
}

/**
 * Counts the clips of a dataset that cannot be decoded, judging by their first bytes, so that this is known
 * as soon as they are loaded. Decoding them finds the others.
 */
export class Undecodable {
  readonly #kinds = new Map<string, { hint?: string; names: string[] }>();
  #clips = 0;
  #bad = 0;

  /** @param name the clip's name, or its position */
  look(bytes: Uint8Array | null, name: string): void {
    this.#clips += 1;
    const reason = reasonOf(bytes);
    if (reason === undefined) return;
    this.#bad += 1;
    const kind = this.#kinds.get(reason.words) ?? { hint: reason.hint, names: [] };
    kind.names.push(name);
    this.#kinds.set(reason.words, kind);
  }

  /**
   * One sentence per kind.
   *
   * @throws EtudeError if no clip can be decoded
   */
  warnings(): string[] {
    const sentences = [...this.#kinds].map(([words, { hint, names }]) => {
      const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
      const which = `${names.slice(0, SHOWN).join(', ')}${more}`;
      const clips = `${count(names.length, 'clip')} ${names.length === 1 ? 'is' : 'are'}`;
      return `${clips} ${words}: ${which}${hint === undefined ? '' : `. ${hint}`}`;
    });
    if (this.#bad > 0 && this.#bad === this.#clips)
      throw new EtudeError(`no clip can be decoded: ${sentences.join('; ')}`, {
        expected: 'WAV, FLAC, MP3, Ogg Vorbis or Opus',
      });
    return sentences;
  }
}

function reasonOf(bytes: Uint8Array | null): Reason | undefined {
  if (bytes === null) return { words: 'without audio bytes' };
  if (bytes.length === 0) return { words: 'empty' };
  if (containerOf(bytes) !== undefined) return undefined;
  const { known, start } = describeUnknown(bytes);
  if (known !== undefined) return { words: `in an unsupported format, ${known}`, hint: CONVERT };
  if (start.startsWith("'version http"))
    return { words: 'Git LFS pointers, not audio', hint: 'Fetch the files: git lfs pull' };
  return { words: `not audio (starts with ${start})` };
}
