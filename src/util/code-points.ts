/**
 * Orders texts by their code points, as Python's `sorted` does. JavaScript's own order goes by UTF-16 units,
 * which puts characters beyond U+FFFF (such as emoji) before U+E000 to U+FFFF.
 */
export function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [one, other] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

/** Ranks a UTF-16 unit: surrogates, which encode the characters beyond U+FFFF, come last. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x2800 : unit;
}
