import { describeValue, quote } from '../../schema/describe.js';
import { cloneJson } from '../../util/clone-json.js';
import type { Json } from '../../util/json.js';
import { suggest } from '../../util/suggest.js';
import { type Path, pathKey, type RecipeSource } from './source-positions.js';

const REFERENCE = /\$\{\{([^{}]*)\}\}/g;
const OPENING = '${{';
const EXPRESSION = /^params((?:\.[A-Za-z0-9_-]+)+)$/;
/**
 * Values and characters that references may produce in total: they may repeat what they name, but not blow up
 * a small file.
 */
const MOST = 1_000_000;

/** Marks a value that could not be resolved; the reason has already been reported. */
const FAILED = Symbol('failed');

/** The references in a text, and whether each is complete. */
interface Parsed {
  references: RegExpExecArray[];
  isClosed: boolean;
}

const parsed = new WeakMap<RecipeSource, Map<string, Parsed>>();

/**
 * Replaces `${{ params.x }}`: alone it keeps the type of what it names; inside a longer text it becomes part
 * of the text.
 */
export class References {
  /** Where a value could not be resolved; nothing more is reported there. */
  readonly failed: Path[] = [];
  readonly #resolved = new Map<string, Json | typeof FAILED>();
  readonly #open: string[] = [];
  readonly #origins = new Map<string, string>();
  #spent = 0;

  constructor(
    readonly params: Record<string, Json>,
    readonly source: RecipeSource,
  ) {}

  /** The recipe's `params`, each with its references to others replaced; failed ones are left out. */
  resolveParams(): Record<string, Json> {
    const entries = Object.keys(this.params).map((name) => [name, this.#param(name)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== FAILED));
  }

  /**
   * A copy of the value at `path` with its references replaced. Failed parts are `null` and recorded in
   * `failed`.
   */
  resolve(value: Json, path: Path): Json {
    const result = this.#resolve(value, path);
    return result === FAILED ? null : result;
  }

  /** `params.x` if the value at the path, or around it, was written as a reference. */
  originOf(path: Path): string | undefined {
    for (let length = path.length; length > 0; length--) {
      const origin = this.#origins.get(pathKey(path.slice(0, length)));
      if (origin !== undefined) return origin;
    }
    return undefined;
  }

  #param(name: string): Json | typeof FAILED {
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    this.#open.push(name);
    const before = this.failed.length;
    const value = this.#resolve(this.params[name]!, ['params', name]);
    this.#open.pop();
    const result = this.failed.length > before ? FAILED : value;
    this.#resolved.set(name, result);
    return result;
  }

  #resolve(value: Json, path: Path): Json | typeof FAILED {
    if (typeof value === 'string') return this.#text(value, path);
    if (value === null || typeof value !== 'object') return value;
    const child = (item: Json, key: string | number) => {
      const result = this.#resolve(item, [...path, key]);
      return result === FAILED ? null : result;
    };
    if (Array.isArray(value)) return value.map(child);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, child(item, key)]));
  }

  #text(text: string, path: Path): Json | typeof FAILED {
    if (!text.includes(OPENING)) return text;
    const { references, isClosed } = this.#parse(text);
    if (!isClosed) {
      return this.#fail(path, OPENING, {
        message: 'the reference is not closed',
        expected: `${OPENING} params.NAME }}`,
      });
    }
    if (references.length === 1 && references[0]![0] === text.trim()) {
      const value = this.#reference(references[0]!, path);
      if (value === FAILED) return FAILED;
      this.#origins.set(pathKey(path), references[0]![1]!.trim());
      return cloneJson(value);
    }
    let failed = false;
    let result = '';
    let end = 0;
    for (const match of references) {
      const value = this.#reference(match, path);
      if (value === FAILED) failed = true;
      else if (value !== null && typeof value === 'object') {
        failed = true;
        this.#fail(path, match[0], {
          message: 'only a text, number, true or false can be inserted into a text',
          got: describeValue(value),
        });
      } else result += text.slice(end, match.index) + String(value);
      end = match.index + match[0].length;
    }
    return failed ? FAILED : result + text.slice(end);
  }

  /** Cells of a matrix have the same texts. */
  #parse(text: string): Parsed {
    const known = parsed.get(this.source) ?? new Map<string, Parsed>();
    parsed.set(this.source, known);
    const found = known.get(text) ?? {
      references: [...text.matchAll(REFERENCE)],
      isClosed: !text.replaceAll(REFERENCE, '').includes(OPENING),
    };
    known.set(text, found);
    return found;
  }

  #reference([written, inside]: RegExpExecArray, path: Path): Json | typeof FAILED {
    const expression = inside!.trim();
    const names = Object.keys(this.params);
    const [name, ...rest] = EXPRESSION.exec(expression)?.[1]?.slice(1).split('.') ?? [];
    if (name === undefined) {
      const suggestion = suggest(
        `params.${expression.replace(/^.*\./, '')}`,
        names.map((other) => `params.${other}`),
      );
      return this.#fail(path, written!, {
        message: `unresolved reference ${quote(expression)}`,
        expected: 'params.NAME',
        suggestion,
      });
    }
    if (!Object.hasOwn(this.params, name)) {
      const near = suggest(name, names);
      const suggestion = near === undefined ? undefined : `params.${near}`;
      const expected =
        names.length === 0
          ? 'a name defined in `params`, which defines none'
          : `one of ${names.map((other) => `params.${other}`).join(', ')}`;
      return this.#fail(path, written!, {
        message: `unresolved reference ${quote(expression)}`,
        expected,
        suggestion,
      });
    }
    const start = this.#open.indexOf(name);
    if (start !== -1) {
      const circle = [...this.#open.slice(start), name].map((part) => `params.${part}`).join(' → ');
      return this.#fail(path, written!, { message: `the params refer to each other in a cycle: ${circle}` });
    }
    let value = this.#param(name);
    for (const key of rest) {
      if (value === FAILED) break;
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) {
        const known = value !== null && typeof value === 'object' ? Object.keys(value) : [];
        return this.#fail(path, written!, {
          message: `unresolved reference ${quote(expression)}: it has no '${key}'`,
          suggestion: suggest(key, known),
        });
      }
      value = (value as Record<string, Json>)[key]!;
    }
    if (value === FAILED) {
      this.failed.push(path);
      return FAILED;
    }
    this.#spent += weigh(value);
    if (this.#spent > MOST)
      return this.#fail(path, written!, {
        message: 'the recipe becomes too large when its references are expanded',
      });
    return value;
  }

  #fail(path: Path, written: string, mistake: Parameters<RecipeSource['add']>[2]): typeof FAILED {
    // Once it has blown up, every further reference would report that again.
    const again =
      this.#spent > MOST && this.source.problems.some(({ message }) => message === mistake.message);
    if (!again) this.source.addInside(path, written, mistake);
    this.failed.push(path);
    return FAILED;
  }
}

function weigh(value: Json): number {
  if (typeof value === 'string') return 1 + value.length;
  if (value === null || typeof value !== 'object') return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + weigh(item), 1);
}
