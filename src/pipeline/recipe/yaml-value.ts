import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar, type YAMLMap } from 'yaml';
import { quote } from '../../schema/describe.js';
import type { Json } from '../../util/json.js';
import { unmask } from './mask-references.js';
import type { Mistake, Problem } from './problem.js';
import type { Path, Range, SourceText } from './source-positions.js';

/**
 * Aliases can repeat their values, but not blow up a small file: the number of values from expanded aliases.
 */
const MOST_REPEATED = 20_000;
const DEEPEST = 60;
const TAGS = ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`);

interface Anchored {
  value: Json;
  path: Path;
  /** Number of values in it, itself included. */
  size: number;
}

/**
 * Turns YAML nodes into JSON values and records their positions in `source`. Reports what JSON cannot
 * express: duplicate keys, keys that are not text, tags, numbers that are not finite, aliases that are
 * unknown, cyclic or blow the recipe up. Problems with keys alone (`keys`) leave a value that can be checked
 * further, without them.
 */
export function toValue(
  root: unknown,
  source: SourceText,
  offset: number,
  path: Path,
): { value: Json; keys: Problem[] } | { problems: Problem[] } {
  const walk = new Walk(source, offset);
  const value = walk.value(root, path, undefined);
  const { problems, keys } = walk;
  return problems.length > 0 ? { problems: [...problems, ...keys] } : { value, keys };
}

class Walk {
  readonly problems: Problem[] = [];
  /** Problems with keys that can be left out. */
  readonly keys: Problem[] = [];
  readonly #anchors = new Map<string, Anchored | 'open'>();
  /** Number of values so far, with aliases expanded. */
  #values = 0;
  /** How many of them are from aliases. */
  #repeated = 0;
  #exploded = false;

  constructor(
    readonly source: SourceText,
    readonly offset: number,
  ) {}

  value(node: unknown, path: Path, key: Range | undefined): Json {
    const range = this.#rangeOf(node) ?? key ?? { start: this.offset, end: this.offset };
    this.source.record(path, key === undefined ? { value: range } : { key, value: range });
    if (isAlias(node)) return this.#alias(node.source, range)?.value ?? null;
    this.#values += 1;
    if (path.length > DEEPEST) return this.#report(range, tooDeep);
    const anchor = (node as { anchor?: string } | null)?.anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const before = this.#values;
    const value = this.#content(node, path, range);
    if (anchor !== undefined) this.#anchors.set(anchor, { value, path, size: this.#values - before + 1 });
    return value;
  }

  #content(node: unknown, path: Path, range: Range): Json {
    const tag = (node as { tag?: string } | null)?.tag;
    if (tag !== undefined && !TAGS.includes(tag)) {
      return this.#report(range, tagMistake(tag));
    }
    if (isMap(node)) return this.#map(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.value(item, [...path, index], undefined));
    return isScalar(node) ? this.#scalar(node, range) : null;
  }

  #scalar(node: Scalar, range: Range): Json {
    const { value } = node;
    if (typeof value === 'string') return unmask(value);
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value !== 'number') return this.#report(range, { message: 'not a plain value' });
    const got = node.source ?? String(value);
    if (!Number.isFinite(value))
      return this.#report(range, { message: 'not a finite number', expected: 'a finite number', got });
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(got)) {
      return this.#report(range, {
        message: 'integer too large to be represented exactly',
        expected: 'at most 9007199254740991',
        got,
      });
    }
    return value;
  }

  #map(map: YAMLMap, path: Path): Json {
    const result: { [key: string]: Json } = {};
    const merges: Pair[] = [];
    const before = this.keys.length;
    for (const pair of map.items) {
      if (isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === Scalar.PLAIN) {
        merges.push(pair);
        continue;
      }
      const key = this.#key(pair);
      if (key === undefined) continue;
      const range = this.#rangeOf(pair.key)!;
      if (Object.hasOwn(result, key)) {
        const first = this.source.spot([...path, key])?.key;
        const line =
          first === undefined ? '' : `, first on line ${this.source.problem(first, { message: '' }).line}`;
        this.keys.push(this.source.problem(range, { message: `duplicate key ${quote(key)}${line}` }));
        continue;
      }
      result[key] = this.value(pair.value, [...path, key], range);
    }
    for (const pair of merges) this.#merge(pair, path, result);
    // An empty map would be a mistake that only follows from this one.
    if (Object.keys(result).length === 0) this.problems.push(...this.keys.splice(before));
    return result;
  }

  #key(pair: Pair): string | undefined {
    const { key } = pair;
    const range = this.#rangeOf(key) ?? this.#rangeOf(pair.value) ?? { start: this.offset, end: this.offset };
    const value = isScalar(key) ? key.value : undefined;
    if (value === null || value === '') this.#report(range, { message: 'a key is missing before the colon' });
    else if (typeof value === 'string' && unmask(value) !== value) {
      this.#report(range, { message: 'a reference cannot be a key', got: unmask(value) });
    } else if (value === '__proto__')
      this.keys.push(this.source.problem(range, { message: `the key '__proto__' is not allowed` }));
    else if (typeof value === 'string') return value;
    else if (typeof value === 'number' || typeof value === 'boolean')
      return (key as Scalar).source ?? String(value);
    else this.#report(range, { message: 'a key must be plain text' });
    return undefined;
  }

  /** YAML's merge key: the map's own keys take precedence, then the earlier sources. */
  #merge(pair: Pair, path: Path, into: { [key: string]: Json }): void {
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    for (const [index, node] of sources.entries()) {
      const range = this.#rangeOf(node) ?? this.#rangeOf(pair.key)!;
      const from = [...path, '<<', index];
      const merged = isAlias(node)
        ? this.#alias(node.source, range)
        : { value: this.value(node, from, this.#rangeOf(pair.key)), path: from };
      if (merged === undefined) continue;
      if (merged.value === null || typeof merged.value !== 'object' || Array.isArray(merged.value)) {
        this.#report(range, { message: `'<<' only merges maps`, expected: 'an alias of a map' });
        continue;
      }
      for (const [key, value] of Object.entries(merged.value)) {
        if (Object.hasOwn(into, key)) continue;
        into[key] = value;
        const spot = this.source.spot([...merged.path, key]);
        if (spot !== undefined) this.source.record([...path, key], spot);
      }
    }
  }

  #alias(name: string, range: Range): Anchored | undefined {
    const anchored = this.#anchors.get(name);
    if (anchored === 'open')
      this.#report(range, { message: `the alias '*${name}' is inside its own anchor` });
    else if (anchored === undefined)
      this.#report(range, {
        message: `unknown alias '*${name}'`,
        expected: `an anchor '&${name}' before it`,
      });
    else if (this.#repeat(anchored.size, range)) return anchored;
    return undefined;
  }

  /** Counts an alias's value; false, and reported once, if that is too much. */
  #repeat(values: number, range: Range): boolean {
    this.#values += values;
    this.#repeated += values;
    if (this.#repeated <= MOST_REPEATED) return true;
    if (!this.#exploded) {
      this.#report(range, {
        message: 'the recipe becomes too large when its aliases are expanded',
        expected: `at most ${MOST_REPEATED} values`,
      });
    }
    this.#exploded = true;
    return false;
  }

  #rangeOf(node: unknown): Range | undefined {
    const range = (node as Node | null)?.range;
    return range ? { start: range[0] + this.offset, end: range[1] + this.offset } : undefined;
  }

  #report(range: Range, mistake: Mistake): null {
    this.problems.push(this.source.problem(range, mistake));
    return null;
  }
}

/** Tags would create values of kinds that a recipe does not have; a recipe's text is only ever data. */
export function tagMistake(tag: string): Mistake {
  return {
    message: `the tag ${quote(tag.replace(/^tag:yaml.org,2002:/, '!!'))} is not supported`,
    expected: 'no tag',
  };
}

export const tooDeep: Mistake = { message: 'nested too deeply', expected: `at most ${DEEPEST} levels` };
