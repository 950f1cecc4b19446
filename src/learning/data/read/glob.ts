/** Whether a path is a pattern. */
export function hasMagic(path: string): boolean {
  return /[*?[]/.test(path);
}

/** The leading folders of a pattern without wildcards, and the rest. */
export function splitPattern(pattern: string): { folder: string; rest: string } {
  const parts = pattern.split('/');
  const first = parts.findIndex(hasMagic);
  return {
    folder: parts.slice(0, first).join('/') || (pattern.startsWith('/') ? '/' : '.'),
    rest: parts.slice(first).join('/'),
  };
}

/** One position in a pattern. */
interface Step {
  /** Whether a character advances to the next step. */
  passes?(char: string): boolean;
  /** Whether it stays on this one. */
  stays?(char: string): boolean;
  /** Steps that can be reached without any character. */
  skips?: readonly number[];
}

const SLASH = (char: string) => char === '/';
const NO_SLASH = (char: string) => char !== '/';
const ANY = () => true;

/**
 * Matches full relative names against a pattern: `*` within a name, `**` across folders, `?`, `[ab]`,
 * `[a-z]`, `[!ab]`. All alternatives are tried in parallel, so that a name takes at most its length times the
 * pattern's: patterns may come with other people's data.
 */
export function globMatcher(pattern: string): (name: string) => boolean {
  const steps = stepsOf(pattern);
  return (name) => {
    let reached = reachFrom(steps, new Set([0]));
    for (const char of name) {
      const next = new Set<number>();
      for (const at of reached) {
        if (steps[at]?.stays?.(char)) next.add(at);
        if (steps[at]?.passes?.(char)) next.add(at + 1);
      }
      reached = reachFrom(steps, next);
    }
    return reached.has(steps.length);
  };
}

/**
 * Adds the steps that are reached without a character; a set continues through what is added to it while
 * iterating.
 */
function reachFrom(steps: readonly Step[], reached: Set<number>): Set<number> {
  for (const at of reached) for (const skip of steps[at]?.skips ?? []) reached.add(at + skip);
  return reached;
}

function stepsOf(pattern: string): Step[] {
  const steps: Step[] = [];
  const chars = Array.from(pattern);
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!;
    const end = char === '[' ? chars.indexOf(']', chars[i + 1] === '!' ? i + 3 : i + 2) : -1;
    if (char === '*' && chars[i + 1] === '*') {
      const folders = chars[i + 2] === '/';
      if (folders) steps.push({ skips: [1, 2] }, { stays: ANY, passes: SLASH });
      else steps.push({ skips: [1], stays: ANY });
      i += folders ? 2 : 1;
    } else if (char === '*') steps.push({ skips: [1], stays: NO_SLASH });
    else if (char === '?') steps.push({ passes: NO_SLASH });
    else if (end > 0) {
      steps.push({ passes: setTest(chars.slice(i + 1, end)) });
      i = end;
    } else steps.push({ passes: (other) => other === char });
  }
  return steps;
}

/** The contents of brackets. A range that goes backwards matches nothing, as in Python's fnmatch. */
function setTest(set: readonly string[]): (char: string) => boolean {
  const negated = set[0] === '!';
  const members = negated ? set.slice(1) : set;
  const ranges: [from: number, to: number][] = [];
  for (let i = 0; i < members.length; i++) {
    const from = members[i]!.codePointAt(0)!;
    const isRange = members[i + 1] === '-' && i + 2 < members.length;
    ranges.push([from, isRange ? members[i + 2]!.codePointAt(0)! : from]);
    if (isRange) i += 2;
  }
  const holds = (code: number) => ranges.some(([from, to]) => from <= code && code <= to);
  return (char) => char !== '/' && holds(char.codePointAt(0)!) !== negated;
}
