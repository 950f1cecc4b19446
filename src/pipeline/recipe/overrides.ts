import { findStageType } from '../../stage/find-stage-type.js';
import type { Place } from '../../stage/stage-type.js';
import type { Json } from '../../util/json.js';
import { suggest } from '../../util/suggest.js';
import { pinParameter } from './matrix.js';
import { noParameter } from './params-file.js';
import { parseYaml } from './parse-yaml.js';
import type { Mistake } from './problem.js';
import { type Path, type Range, type RecipeSource, SourceText } from './source-positions.js';

type JsonMap = { [key: string]: Json };

/**
 * Applies one `--set path=value` and returns the changed recipe; problems are added to `source`. The path is
 * `stages.ID.with.NAME…`, `params.NAME…`, `matrix.NAME`, or NAME alone if exactly one stage type's schema or
 * `params` has it. The value is YAML. A matrix no longer varies a parameter that is set.
 */
export async function applyOverride(
  recipe: Json,
  argument: string,
  source: RecipeSource,
  place: Place,
): Promise<Json> {
  const equals = argument.indexOf('=');
  const probe = new SourceText('--set', argument);
  const fail = (range: Range, mistake: Mistake) => {
    source.problems.push(probe.problem(range, mistake));
    return recipe;
  };
  if (equals < 1)
    return fail(
      { start: 0, end: argument.length },
      { message: 'an override needs a path and a value', expected: 'path=value' },
    );
  const written = argument.slice(0, equals).trim().split('.');
  const ranges = segmentRanges(argument, written);
  const empty = written.findIndex((part) => part === '' || part === '__proto__');
  if (empty !== -1)
    return fail({ start: 0, end: equals }, { message: 'not a path', expected: 'names separated by dots' });

  const found = await fullPath(recipe, written, place);
  if ('mistake' in found) return fail(ranges[found.segment] ?? ranges[0]!, found.mistake);
  const { path } = found;
  const text = new SourceText('--set', argument, path.slice(0, known(recipe, path) + 1));
  const parsed = parseYaml(text, equals + 1, path);
  if ('problems' in parsed) {
    source.problems.push(...parsed.problems);
    return recipe;
  }
  source.problems.push(...parsed.keys);
  const value = text.spot(path)!.value;
  for (let length = text.root.length; length <= path.length; length++) {
    const key = ranges[length - 1 - (path.length - ranges.length)] ?? ranges[0]!;
    text.record(path.slice(0, length), { key, value: length === path.length ? value : key });
  }
  source.override(text);
  const changed = setIn(recipe, path, parsed.value);
  return changed === undefined
    ? fail(
        { start: 0, end: equals },
        { message: 'the path goes through a value that is neither a map nor a list' },
      )
    : path[0] === 'params'
      ? pinParameter(changed, path[1])
      : changed;
}

type FullPath = { path: Path } | { mistake: Mistake; segment: number };

async function fullPath(recipe: Json, written: string[], place: Place): Promise<FullPath> {
  const stages = asMap(asMap(recipe).stages);
  const [first, second] = written as [string, string | undefined];
  if (second === undefined) return shortForm(recipe, first, place);
  if (first === 'params') {
    const { params, matrix } = asMap(recipe);
    const names = [...new Set([params, matrix].flatMap((map) => Object.keys(asMap(map))))];
    if (!names.includes(second)) return { mistake: noParameter(second, names), segment: 1 };
  }
  if (first === 'params' || first === 'matrix') return { path: toPath(recipe, written) };
  if (first !== 'stages') {
    const suggestion = Object.hasOwn(stages, first)
      ? `stages.${first}.with.${written.slice(1).join('.')}`
      : suggest(first, ['stages', 'params', 'matrix']);
    return {
      mistake: {
        message: `unknown path '${written.join('.')}'`,
        expected: 'stages.ID.with.NAME, params.NAME, matrix.NAME or NAME',
        suggestion,
      },
      segment: 0,
    };
  }
  if (!Object.hasOwn(stages, second)) {
    return {
      mistake: { message: `unknown stage '${second}'`, suggestion: suggest(second, Object.keys(stages)) },
      segment: 1,
    };
  }
  return { path: toPath(recipe, written) };
}

/** `learning_rate` alone: every place where it could be; used if there is only one. */
async function shortForm(recipe: Json, name: string, place: Place): Promise<FullPath> {
  const { params, stages } = asMap(recipe);
  const places: Path[] = Object.hasOwn(asMap(params), name) ? [['params', name]] : [];
  const names = new Set(Object.keys(asMap(params)));
  for (const [id, stage] of Object.entries(asMap(stages))) {
    const { uses } = asMap(stage);
    if (typeof uses !== 'string') continue;
    const found = await findStageType(uses, place);
    if ('problem' in found) continue;
    const properties = Object.keys((found.schema.properties ?? {}) as object);
    for (const property of properties) names.add(property);
    if (properties.includes(name)) places.push(['stages', id, 'with', name]);
  }
  if (places.length === 1) return { path: places[0]! };
  if (places.length > 1) {
    return {
      mistake: {
        message: `'${name}' is ambiguous`,
        expected: `one of ${places.map((path) => path.join('.')).join(', ')}`,
      },
      segment: 0,
    };
  }
  return {
    mistake: { message: `no stage has a parameter '${name}'`, suggestion: suggest(name, [...names]) },
    segment: 0,
  };
}

/** Digits are an index if the recipe has a list there. */
function toPath(recipe: Json, written: string[]): Path {
  let node: Json | undefined = recipe;
  return written.map((part) => {
    const key = Array.isArray(node) && /^\d+$/.test(part) ? Number(part) : part;
    node = childOf(node, key);
    return key;
  });
}

function childOf(node: Json | undefined, key: string | number): Json | undefined {
  if (Array.isArray(node)) return typeof key === 'number' ? node[key] : undefined;
  return node !== null && typeof node === 'object' && Object.hasOwn(node, key) ? node[key] : undefined;
}

/** A copy with the value set; missing maps on the way are created. `undefined` if the path is impossible. */
function setIn(node: Json | undefined, path: Path, value: Json): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const child = setIn(childOf(node, key), rest, value);
  if (child === undefined) return undefined;
  if (Array.isArray(node))
    return typeof key === 'number' && key <= node.length
      ? Object.assign([...node], { [key]: child })
      : undefined;
  if (node !== null && node !== undefined && typeof node !== 'object') return undefined;
  return { ...(node ?? {}), [key]: child };
}

/** How many parts of the path already exist; at most all but the last. */
function known(recipe: Json, path: Path): number {
  let node: Json | undefined = recipe;
  const absent = path.findIndex((part) => {
    node = childOf(node, part);
    return node === undefined;
  });
  return absent === -1 ? path.length - 1 : absent;
}

function segmentRanges(argument: string, parts: string[]): Range[] {
  let start = argument.length - argument.trimStart().length;
  return parts.map((part) => {
    const range = { start, end: start + part.length };
    start = range.end + 1;
    return range;
  });
}

function asMap(value: Json | undefined): JsonMap {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
