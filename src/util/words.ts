/** `1 stage`, `8 stages`, `2 entries`, `14 classes`. */
export function count(number: number | bigint, noun: string): string {
  return `${number} ${Number(number) === 1 ? noun : pluralOf(noun)}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listOf(words: readonly (string | number)[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function pluralOf(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(?:s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}
