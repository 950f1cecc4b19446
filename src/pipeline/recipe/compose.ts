import { realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { describeValue, quote } from '../../schema/describe.js';
import type { Place } from '../../stage/stage-type.js';
import type { Json } from '../../util/json.js';
import { pointsOutside } from '../../util/points-outside.js';
import { mergeRecipes } from './merge-recipes.js';
import { plainYaml } from './parse-simple-yaml.js';
import { parseYaml } from './parse-yaml.js';
import { type Mistake, type Problem, sortProblems } from './problem.js';
import { readRecipe } from './read-recipe.js';
import { type Layer, RecipeSource, SourceText } from './source-positions.js';

interface RecipeFile {
  text: SourceText;
  value: Json;
  /** Problems with keys that are missing from the value. */
  keys: Problem[];
}

/**
 * Reads a recipe and whatever it `extends`, and merges them (`mergeRecipes`): `source` knows for every path
 * which file it was written in. `extends` is relative to the file that it is in and must not point outside
 * the project folder.
 *
 * @param onPath Called with the absolute path of each file, before it is read.
 */
export async function composeRecipe(
  file: string,
  place: Place,
  onPath?: (path: string) => void,
): Promise<{ recipe: Json; source: RecipeSource } | { problems: Problem[] }> {
  const chain: RecipeFile[] = [];
  const seen: string[] = [];
  let next: string | undefined = file;
  while (next !== undefined) {
    onPath?.(resolve(next));
    const opened: RecipeFile | { problems: Problem[] } = await openFile(next, chain.at(-1));
    if ('problems' in opened) return { problems: sortProblems(opened.problems, [next]) };
    seen.push(realpathSync(next));
    chain.push(opened);
    const base = baseOf(opened, seen, place);
    if (typeof base === 'object') {
      const { text } = opened;
      return { problems: [text.problem(text.find(['extends'], 'value'), base)] };
    }
    next = base;
  }
  const upwards = chain.reverse();
  let recipe: Json = upwards[0]!.value;
  const layers: Layer[] = [{ text: upwards[0]!.text, replaced: new Set() }];
  for (const { text, value } of upwards.slice(1)) {
    const merged = mergeRecipes(recipe, value);
    recipe = merged.recipe;
    layers.unshift({ text, replaced: merged.replaced });
  }
  const source = new RecipeSource(...(layers as [Layer, ...Layer[]]));
  source.problems.push(...upwards.flatMap(({ keys }) => keys));
  return { recipe, source };
}

async function openFile(
  file: string,
  above: RecipeFile | undefined,
): Promise<RecipeFile | { problems: Problem[] }> {
  const read = await readRecipe(file);
  if ('problem' in read) {
    const { problem } = read;
    // A problem without a position of its own is shown where the file is named.
    if (above === undefined || problem.source !== undefined) return { problems: [problem] };
    const { message, expected, got } = problem;
    const mistake = { message: `cannot extend ${quote(file)}: ${message}`, expected, got };
    return { problems: [above.text.problem(above.text.find(['extends'], 'value'), mistake)] };
  }
  const text = new SourceText(file, read.text);
  const parsed = parse(text);
  if ('problems' in parsed) return parsed;
  const { value, keys } = parsed;
  if (above === undefined || (value !== null && typeof value === 'object' && !Array.isArray(value)))
    return { text, value, keys };
  const mistake = {
    message: 'not an extendable recipe',
    expected: 'a map',
    got: describeValue(value),
  };
  return { problems: [text.problem(text.find([], 'value'), mistake)] };
}

function parse(text: SourceText): { value: Json; keys: Problem[] } | { problems: Problem[] } {
  const value = plainYaml(text.text);
  if (value === undefined) return parseYaml(text);
  text.recordLater(() => parseYaml(text));
  return { value, keys: [] };
}

/** The file that a recipe extends, if any; a mistake if that is not allowed. */
function baseOf(
  { text, value }: RecipeFile,
  seen: readonly string[],
  place: Place,
): string | Mistake | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const base = value.extends;
  if (base === undefined) return undefined;
  if (typeof base !== 'string' || base.trim() === '')
    return {
      message: `wrong value for key 'extends'`,
      expected: 'the path of a recipe, relative to this one',
      got: describeValue(base),
    };
  if (isAbsolute(base))
    return { message: `${quote(base)} is an absolute path`, expected: 'a path relative to this recipe' };
  const path = join(dirname(text.file), base);
  const outside = {
    message: `${quote(base)} is outside the project`,
    expected: 'a recipe inside the project folder',
  };
  if (!isInside(resolve(path), resolve(place.projectDir))) return outside;
  const real = realPathOf(path);
  // Opening it reports that it does not exist.
  if (real === undefined) return path;
  if (!isInside(real, realpathSync(place.projectDir))) return outside;
  const start = seen.indexOf(real);
  if (start === -1) return path;
  const names = [...seen.slice(start), real].map((each) => relative(realpathSync(place.projectDir), each));
  return { message: `the recipes extend each other in a cycle: ${names.join(' → ')}` };
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isInside(path: string, folder: string): boolean {
  const inside = relative(folder, path);
  return inside !== '' && !pointsOutside(inside);
}
