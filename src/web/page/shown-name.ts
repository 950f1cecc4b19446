/** Characters that nobody sees, or that change the order of others: a name could seem to be another one. */
const UNSEEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** A name from outside, for an element of its own. */
export function seen(name: string): string {
  return name.replace(UNSEEN, '');
}

/** A name from outside, for the middle of a text, whose order it does not change: isolated if need be. */
export function shownName(name: string): string {
  const text = seen(name);
  return /^[ -~]*$/.test(text) ? text : `\u2068${text}\u2069`;
}
