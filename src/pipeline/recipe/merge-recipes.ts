import type { Json } from '../../util/json.js';
import { type Path, pathKey } from './source-positions.js';

type JsonMap = { [key: string]: Json };

/**
 * A recipe merged into the one that it extends, as in JSON Merge Patch (RFC 7396): maps are merged key by
 * key, anything else replaces, and `null` removes a stage, the matrix, or a parameter of a stage. Deviations:
 * `from` is replaced entirely; a stage that `uses` another type starts with no parameters; the name is not
 * inherited, since results of two recipes would collide under it.
 *
 * @returns the merged recipe, and the `pathKey`s of what the upper one replaces
 */
export function mergeRecipes(base: Json, upper: Json): { recipe: Json; replaced: Set<string> } {
  const replaced = new Set<string>();
  const { name: _name, ...inherited } = asMap(base) ?? {};
  const { extends: _extends, ...own } = asMap(upper) ?? {};
  return { recipe: merge(inherited, own, [], replaced), replaced };
}

function merge(base: Json, upper: Json, path: Path, replaced: Set<string>): Json {
  const [under, over] = [asMap(base), asMap(upper)];
  if (under === undefined || over === undefined || isWhole(path)) {
    replaced.add(pathKey(path));
    return upper;
  }
  const merged: JsonMap = { ...under };
  if (isStage(path) && over.uses !== undefined && over.uses !== under.uses) {
    delete merged.with;
    replaced.add(pathKey([...path, 'with']));
  }
  for (const [key, value] of Object.entries(over)) {
    const below = [...path, key];
    const known = Object.hasOwn(merged, key);
    if (value !== null || !known) merged[key] = known ? merge(merged[key]!, value, below, replaced) : value;
    else if (!isEmpty(below)) {
      replaced.add(pathKey(below));
      if (isParam(below)) merged[key] = null;
      else delete merged[key];
    }
    if (!known) replaced.add(pathKey(below));
  }
  return merged;
}

/** One input more or less is a different connection. */
function isWhole(path: Path): boolean {
  return path.length === 3 && path[0] === 'stages' && path[2] === 'from';
}

function isStage(path: Path): boolean {
  return path.length === 2 && path[0] === 'stages';
}

/** A value of `params` may be null. */
function isParam(path: Path): boolean {
  return path[0] === 'params' && path.length > 1;
}

/** `params:`, `stages:` and `with:` with nothing after them change nothing. */
function isEmpty(path: Path): boolean {
  const key = path.at(-1);
  return path.length === 1 ? key === 'params' || key === 'stages' : path.length === 3 && key === 'with';
}

function asMap(value: Json | undefined): JsonMap | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined;
}
