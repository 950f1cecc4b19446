/**
 * `${{ … }}` is not plain YAML inside `{ }` and `[ ]`. Before parsing, the braces and blanks of a reference
 * are replaced by Unicode noncharacters, one by one so that positions stay the same; in the parsed strings
 * they are restored.
 */
const REFERENCE = /\$\{\{[^{}\n\r]*\}\}/g;
const MASKS: [plain: string, mask: string][] = [
  ['{', '\uFDD0'],
  ['}', '\uFDD1'],
  [' ', '\uFDD2'],
  ['\t', '\uFDD3'],
  [',', '\uFDD4'],
  [':', '\uFDD5'],
  ['#', '\uFDD6'],
  ['[', '\uFDD7'],
  [']', '\uFDD8'],
];
const TO_MASK = new Map(MASKS);
const TO_PLAIN = new Map(MASKS.map(([plain, mask]) => [mask, plain]));
const ANY_MASK = /[\uFDD0-\uFDD8]/g;

export function maskReferences(text: string): string {
  return text.replaceAll(REFERENCE, (reference) =>
    Array.from(reference, (letter) => TO_MASK.get(letter) ?? letter).join(''),
  );
}

export function unmask(text: string): string {
  return text.replaceAll(ANY_MASK, (mask) => TO_PLAIN.get(mask) ?? mask);
}

/** Where the text already contains one of the noncharacters that masks use, or -1. */
export function findMask(text: string): number {
  return text.search(/[\uFDD0-\uFDD8]/);
}
