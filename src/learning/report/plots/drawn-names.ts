import { plainText } from '../page/html.js';

/** Letters of a name in a picture. */
const MOST_LETTERS = 22;
/** Width of a letter where the letters are largest: on a telephone (see the style sheet). */
const LETTER = 8;

/**
 * Names as a picture can have them on its left: clean, short, and each different from all others, which may
 * look the same; and the room that they take.
 */
export function drawnNames(texts: readonly string[]): { names: string[]; margin: number } {
  const shown = texts.map((text) => {
    const letters = [...plainText(text)];
    return letters.length <= MOST_LETTERS
      ? letters.join('')
      : `${letters.slice(0, MOST_LETTERS - 1).join('')}…`;
  });
  const longest = Math.max(0, ...shown.map((name) => [...name].length));
  return { names: shown.map((name, i) => name + '\u200b'.repeat(i)), margin: 16 + LETTER * longest };
}
