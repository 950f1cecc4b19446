import type { Json } from '../../util/json.js';

/**
 * The value of a text that is YAML of the plainest kind: maps and lists in block style, and values on one
 * line (plain, in quotes without escapes, or in `{ }` and `[ ]`). It is then what `parseYaml` gives, in a
 * tenth of the time; `undefined` for every other text, right or wrong: that is left to the whole parser, and
 * so are all messages. Recipes that programs write, with thousands of stages, and lock files are of this
 * kind.
 */
export function plainYaml(text: string): Json | undefined {
  try {
    return new PlainReader(text).read();
  } catch (error) {
    if (error === OTHER) return undefined;
    throw error;
  }
}

/** Thrown at the first thing that is not plain. */
const OTHER = Symbol('other');
const other = (): never => {
  throw OTHER;
};

/** Matches what has to be escaped, or what YAML or JavaScript might take for a line ending. */
const FORBIDDEN = /[^\n -~\u00a1-\u1fff]/;
const NAME = '(?:([A-Za-z0-9_][A-Za-z0-9_./-]*)|"([A-Za-z0-9_@][A-Za-z0-9_./@-]*)"):';
const LINE = new RegExp(`( *)(?:(?:${NAME}|(-))(?= |$)|(?=#|$))`, 'my');
/** The first key of a map that is an item of a list, after the dash. */
const ITEM_KEY = new RegExp(`( +)${NAME}(?= |$)`, 'my');
/** A list that is the first item of a list. */
const INNER_DASH = /( +)-(?= |$)/my;
/** Longer keys, and deeper values, have rules of their own. */
const LONGEST_LINE = 1000;
const DEEPEST = 20;

const KEY = /([A-Za-z0-9_][A-Za-z0-9_./-]*): +/y;
const QUOTED = /"([^"\\\n]*)"|'([^'\n]*)'/y;
/** In `{ }` and `[ ]`; a reference may contain anything (`maskReferences`). */
const FLOW_TEXT =
  /(?=[A-Za-z0-9_/.+$~]|-[A-Za-z0-9.])(?:\$\{\{[^{}\n]*\}\}|[A-Za-z0-9_./+@=()*<>|;^~%-]| +(?=[A-Za-z0-9_./+@=()<>;^~$-]))+/y;
const BLANKS = / */y;
const COMMENT = /#[^\n]*/y;
const REST = /(?: +#[^\n]*| *)$/my;
const BLOCK_START = /^(?:[A-Za-z0-9_/.+$~]|-[A-Za-z0-9.])/;
const NO_KEY = /^(?:null|true|false|__proto__)$/i;

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
/** A number in another spelling, or nearly one. */
const LIKE_NUMBER =
  /^[-+]?(?:0o[0-7]+|0x[0-9a-f]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]+)?|\.(?:inf|nan))$/i;
const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ...['null', 'Null', 'NULL', '~'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

type JsonMap = { [key: string]: Json };

/** A map or a list that lines are being added to. */
type Open = { indent: number } & ({ map: JsonMap; key: string } | { list: Json[] });

class PlainReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Json {
    if (FORBIDDEN.test(this.#text)) other();
    const root: JsonMap = {};
    const open: Open[] = [{ indent: 0, map: root, key: '' }];
    /** The last line ended in a key without a value, or this is the first one. */
    let isEmpty = true;
    while (this.#at < this.#text.length) {
      const start = this.#at;
      const [, blanks, plain, quoted, dash] = this.#match(LINE) ?? other();
      let key = plain ?? quoted;
      if (key === undefined && dash === undefined) {
        this.#match(COMMENT);
        this.#endLine(start);
        continue;
      }
      const indent = blanks!.length;
      openAt(indent, dash !== undefined, open, isEmpty);
      isEmpty = false;
      let top = open.at(-1)!;
      let column = indent;
      for (let inner = dash && this.#match(INNER_DASH); inner; inner = this.#match(INNER_DASH)) {
        if (!('list' in top) || open.length > DEEPEST) return other();
        const list: Json[] = [];
        top.list.push(list);
        column += 1 + inner[1]!.length;
        top = { indent: column, list };
        open.push(top);
      }
      const item = dash === undefined ? undefined : this.#match(ITEM_KEY);
      if (item !== undefined) {
        if (!('list' in top) || open.length > DEEPEST) return other();
        key = item[2] ?? item[3]!;
        const map = {};
        top.list.push(map);
        top = { indent: column + 1 + item[1]!.length, map, key };
        open.push(top);
      }
      const value = this.#inline();
      this.#endLine(start);
      if ('list' in top) {
        if (value === undefined) return other();
        top.list.push(value);
      } else {
        if (key === undefined || !isNewKey(key, top.map)) return other();
        top.map[key] = value ?? null;
        top.key = key;
        isEmpty = value === undefined;
      }
    }
    return Object.keys(root).length === 0 ? other() : root;
  }

  /** The value after a key or a dash; `undefined` if there is nothing. */
  #inline(): Json | undefined {
    const at = this.#at;
    this.#match(BLANKS);
    const begin = this.#text[this.#at];
    if (begin === undefined || begin === '\n' || begin === '#') {
      // A comment needs a blank before it.
      this.#at = at;
      return undefined;
    }
    if (begin === '{' || begin === '[' || begin === '"' || begin === "'") return this.#flow(0);
    const end = this.#text.indexOf('\n', this.#at);
    let text = this.#text.slice(this.#at, end === -1 ? undefined : end);
    this.#at += text.length;
    const comment = text.indexOf(' #');
    if (comment !== -1) {
      if (text.includes('${{')) other();
      this.#at -= text.length - comment;
      text = text.slice(0, comment);
    }
    text = text.trimEnd();
    if (!BLOCK_START.test(text) || text.includes(': ') || text.endsWith(':')) other();
    return scalar(text);
  }

  #flow(depth: number): Json {
    if (depth > DEEPEST) other();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#flowMap(depth);
      case '[':
        return this.#flowList(depth);
      case '"':
      case "'": {
        const [, double, single] = this.#match(QUOTED) ?? other();
        return double ?? single!;
      }
      default:
        return scalar((this.#match(FLOW_TEXT) ?? other())[0]);
    }
  }

  #flowMap(depth: number): JsonMap {
    const map: JsonMap = {};
    this.#items('}', () => {
      const key = (this.#match(KEY) ?? other())[1]!;
      if (!isNewKey(key, map)) other();
      map[key] = this.#flow(depth + 1);
    });
    return map;
  }

  #flowList(depth: number): Json[] {
    const list: Json[] = [];
    this.#items(']', () => void list.push(this.#flow(depth + 1)));
    return list;
  }

  #items(closing: string, item: () => void): void {
    this.#at += 1;
    this.#match(BLANKS);
    if (this.#text[this.#at] !== closing) {
      for (;;) {
        item();
        this.#match(BLANKS);
        const letter = this.#text[this.#at];
        if (letter === closing) break;
        if (letter !== ',') other();
        this.#at += 1;
        this.#match(BLANKS);
      }
    }
    this.#at += 1;
  }

  /** The rest of the line may only be a comment. */
  #endLine(start: number): void {
    if (this.#match(REST) === undefined) other();
    if (this.#at - start > LONGEST_LINE) other();
    this.#at += 1;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }
}

/** Closes what ends before a line, and opens what begins with it. */
function openAt(indent: number, isItem: boolean, open: Open[], isEmpty: boolean): void {
  const last = open.at(-1)!;
  if (
    isEmpty &&
    'map' in last &&
    last.key !== '' &&
    (indent > last.indent || (isItem && indent === last.indent))
  ) {
    if (open.length > DEEPEST) other();
    const inside: Open = isItem ? { indent, list: [] } : { indent, map: {}, key: '' };
    last.map[last.key] = 'list' in inside ? inside.list : inside.map;
    open.push(inside);
    return;
  }
  let top = last;
  while (open.length > 1 && (top.indent > indent || (!isItem && 'list' in top))) {
    open.pop();
    top = open.at(-1)!;
  }
  if (top.indent !== indent || isItem !== 'list' in top) other();
}

/** Whether a key is text, or a number that is spelled as JavaScript spells it, and not in the map yet. */
function isNewKey(key: string, map: JsonMap): boolean {
  if (NO_KEY.test(key) || (LIKE_NUMBER.test(key) && String(Number(key)) !== key)) return false;
  return !Object.hasOwn(map, key);
}

/** A plain value by YAML's core schema. */
function scalar(text: string): Json {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (NUMBER.test(text)) {
    const number = Number(text);
    const isExact = !Number.isInteger(number) || Number.isSafeInteger(number);
    return Number.isFinite(number) && isExact && !Object.is(number, -0) ? number : other();
  }
  return LIKE_NUMBER.test(text) ? other() : text;
}
