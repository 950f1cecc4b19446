import { createProblem, type Mistake, type Problem } from './problem.js';

/** A path inside the recipe: `['stages', 'model', 'with', 'learning_rate']`. */
export type Path = readonly (string | number)[];

/** A path as one string. `0` of a list and `"0"` of a map are the same step. */
export function pathKey(path: Path): string {
  return JSON.stringify(path.map(String));
}

/** Whether the path equals the other one or continues it. */
export function isBelow(path: Path, other: Path): boolean {
  return path.length >= other.length && other.every((part, index) => String(path[index]) === String(part));
}

/** Offsets in UTF-16 units, end excluded. */
export interface Range {
  start: number;
  end: number;
}

/** Where a key and its value were written. */
export interface Spot {
  key?: Range;
  value: Range;
}

/** One text and the position of each path in it: a file of the recipe, or the argument of one `--set`. */
export class SourceText {
  /** `later` records the rest, and is called when a position is first requested. */
  #places: { spots: Map<string, Spot>; later?: () => void } = { spots: new Map() };
  readonly #lineStarts: number[] = [];

  constructor(
    readonly file: string,
    readonly text: string,
    /** Only paths below this one are found here. */
    readonly root: Path = [],
  ) {}

  /** The same text, for paths below another one only. */
  below(root: Path): SourceText {
    const text = new SourceText(this.file, this.text, root);
    text.#places = this.#places;
    return text;
  }

  record(path: Path, spot: Spot): void {
    this.#places.spots.set(pathKey(path), spot);
  }

  /** Postpones recording the positions of a text until one is requested: most recipes have no mistakes. */
  recordLater(record: () => void): void {
    this.#places.later = record;
  }

  spot(path: Path): Spot | undefined {
    const { later } = this.#places;
    this.#places.later = undefined;
    later?.();
    return this.#places.spots.get(pathKey(path));
  }

  covers(path: Path): boolean {
    return isBelow(path, this.root);
  }

  /** How many steps of the path are written in this text; -1 if not even its start is. */
  reach(path: Path): number {
    let length = path.length;
    while (length >= 0 && this.spot(path.slice(0, length)) === undefined) length--;
    return length;
  }

  /** The path's own position, or that of the nearest parent that is written in this text. */
  find(path: Path, at: 'key' | 'value'): Range {
    for (let length = path.length; length >= this.root.length; length--) {
      const spot = this.spot(path.slice(0, length));
      if (spot === undefined) continue;
      const exact = length === path.length && at === 'value';
      const value = spot.value.end > spot.value.start ? spot.value : (spot.key ?? spot.value);
      return exact ? value : (spot.key ?? spot.value);
    }
    return { start: 0, end: 0 };
  }

  /** The line, from 1, of an offset. */
  #lineAt(offset: number): number {
    const starts = this.#lineStarts;
    if (starts.length === 0) {
      starts.push(0);
      for (let at = this.text.indexOf('\n'); at !== -1; at = this.text.indexOf('\n', at + 1))
        starts.push(at + 1);
    }
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  problem(range: Range, mistake: Mistake): Problem {
    const { text } = this;
    const start = Math.min(range.start, text.length);
    const line = this.#lineAt(start);
    const lineStart = this.#lineStarts[line - 1]!;
    const column = start - lineStart + 1;
    const newline = text.indexOf('\n', start);
    const lineEnd = newline === -1 ? text.length : newline;
    const oneLine = range.end <= lineEnd && range.end > start;
    const endColumn = oneLine ? range.end - lineStart + 1 : undefined;
    return createProblem({ file: this.file, line, column, endColumn }, mistake, text);
  }
}

/** One of a recipe's files, and the paths whose values it replaces entirely. */
export interface Layer {
  text: SourceText;
  /** `pathKey`s. Below these, the layers under it do not count. */
  replaced: ReadonlySet<string>;
}

/**
 * The recipe's files with the overrides on top: finds where any path was written, and collects the problems.
 */
export class RecipeSource {
  readonly problems: Problem[] = [];
  readonly #overrides: SourceText[] = [];
  readonly #layers: readonly Layer[];

  /** The recipe file, then what it extends, the nearest first. */
  constructor(...layers: [Layer, ...Layer[]]) {
    this.#layers = layers;
  }

  /** All files, in the order in which their problems are reported. */
  get files(): string[] {
    return [...this.#layers.map(({ text }) => text.file), ...this.#overrides.map(({ file }) => file)];
  }

  override(text: SourceText): void {
    this.#overrides.push(text);
  }

  /** The text in which the path was written last: the uppermost of those that contain most of it. */
  textOf(path: Path): SourceText {
    const override = this.#overrides.findLast((text) => text.covers(path));
    if (override !== undefined) return override;
    let best = this.#layers[0]!.text;
    let most = -1;
    for (const { text, replaced } of this.#layers) {
      const steps = text.reach(path);
      if (steps > most) [best, most] = [text, steps];
      if (path.some((_, index) => replaced.has(pathKey(path.slice(0, index + 1))))) break;
    }
    return best;
  }

  /** The value at exactly this path as written; `undefined` if nothing was. */
  textAt(path: Path): string | undefined {
    const text = this.textOf(path);
    const range = text.spot(path)?.value;
    return range && text.text.slice(range.start, range.end).trim();
  }

  /**
   * Whether the first path was written over what contains the second one: from outside, or by a recipe that
   * extends it.
   */
  isAbove(path: Path, other: Path): boolean {
    const texts = [...this.#overrides.toReversed(), ...this.#layers.map(({ text }) => text)];
    return texts.indexOf(this.textOf(path)) < texts.indexOf(this.textOf(other));
  }

  add(path: Path, at: 'key' | 'value', mistake: Mistake): void {
    const text = this.textOf(path);
    this.problems.push(text.problem(text.find(path, at), mistake));
  }

  /**
   * A problem with a part of a text value, `needle`, of which only this is underlined if it appears as
   * written.
   */
  addInside(path: Path, needle: string, mistake: Mistake): void {
    const text = this.textOf(path);
    const range = text.find(path, 'value');
    const index = text.text.slice(range.start, range.end).indexOf(needle);
    const inside = { start: range.start + index, end: range.start + index + needle.length };
    this.problems.push(text.problem(index === -1 ? range : inside, mistake));
  }

  /** A problem with some characters of a text value, if the line with them appears as written. */
  addSpan(path: Path, value: string, [start, end]: readonly [number, number], mistake: Mistake): void {
    const text = this.textOf(path);
    const range = text.find(path, 'value');
    const from = start === 0 ? 0 : value.lastIndexOf('\n', start - 1) + 1;
    const [line = ''] = value.slice(from).split('\n');
    const at = text.text.slice(range.start, range.end).indexOf(line);
    const first = range.start + at + start - from;
    const inside = { start: first, end: first + Math.min(end - start, from + line.length - start) };
    this.problems.push(text.problem(at === -1 || line === '' ? range : inside, mistake));
  }
}
