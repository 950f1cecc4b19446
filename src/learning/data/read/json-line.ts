/** An integer that was written with a point or an exponent: `1.0` makes a column float64, as in Python. */
export class WholeFloat {
  constructor(readonly value: number) {}
}

/** The key of the placeholder for a number that JSON.parse does not support. */
const KEY = '\0';
const SPECIAL = /-?Infinity|NaN|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Whether a line may contain such numbers; quoted text can look like them. */
const MAY_BE_SPECIAL = /NaN|Infinity|\d\.0+(?!\d)|\d[eE]/;

/**
 * Parses JSON as Python's `json` does: `NaN`, `Infinity` and `-Infinity` are numbers, and integers that are
 * written as floats are `WholeFloat`s.
 *
 * @throws SyntaxError for anything else that is not JSON
 */
export function parseJsonLine(text: string): unknown {
  if (!MAY_BE_SPECIAL.test(text)) return JSON.parse(text);
  return JSON.parse(outsideOfQuotes(text, markSpecial), (_, value: unknown) => {
    if (value === null || typeof value !== 'object') return value;
    const [first, more] = Object.keys(value);
    if (first !== KEY || more !== undefined) return value;
    const marked = (value as Record<string, unknown>)[KEY];
    return typeof marked === 'number' ? new WholeFloat(marked) : Number.NaN;
  });
}

function markSpecial(part: string): string {
  return part.replace(SPECIAL, (number) => {
    const key = JSON.stringify(KEY);
    if (number === 'NaN') return `{${key}:null}`;
    // JSON has no Infinity, but a number that is too large gives it.
    if (number.endsWith('y')) return number.startsWith('-') ? '-1e999' : '1e999';
    return /[.eE]/.test(number) && Number.isInteger(Number(number)) ? `{${key}:${number}}` : number;
  });
}

function outsideOfQuotes(text: string, change: (part: string) => string): string {
  let result = '';
  for (let at = 0; at < text.length; ) {
    const found = text.indexOf('"', at);
    const quote = found < 0 ? text.length : found;
    let end = quote + 1;
    while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
    result += change(text.slice(at, quote)) + text.slice(quote, end + 1);
    at = end + 1;
  }
  return result;
}
