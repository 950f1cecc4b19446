/** Whether a path is a pattern. */
export function hasMagic(path: string): boolean {
  return /[*?[]/.test(path);
}

/** The leading folders of a pattern that hold no magic, and the rest. */
export function splitPattern(pattern: string): { folder: string; rest: string } {
  const parts = pattern.split('/');
  const first = parts.findIndex(hasMagic);
  return {
    folder: parts.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.'),
    rest: parts.slice(first).join('/'),
  };
}

/** A pattern (`*` within a name, `**` across folders, `?`, `[ab]`, `[!ab]`) as a regular expression of whole relative names. */
export function globToRegExp(pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (pattern.startsWith('**/', i)) {
      source += '(?:.*/)?';
      i += 2;
    } else if (pattern.startsWith('**', i)) {
      source += '.*';
      i += 1;
    } else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '[' && pattern.indexOf(']', i + 2) > 0) {
      const end = pattern.indexOf(']', i + 2);
      const set = pattern.slice(i + 1, end).replace(/[\\\]^]/g, '\\$&');
      source += set.startsWith('!') ? `[^/${set.slice(1)}]` : `[${set}]`;
      i = end;
    } else source += char.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  }
  return new RegExp(`^${source}$`, 'u');
}
