import { describeValue } from '../../schema/describe.js';
import type { Json } from '../../util/json.js';
import { suggest } from '../../util/suggest.js';
import { pinParameter } from './matrix.js';
import { parseYaml } from './parse-yaml.js';
import type { Mistake } from './problem.js';
import { readRecipe } from './read-recipe.js';
import { type RecipeSource, SourceText } from './source-positions.js';

type JsonMap = { [key: string]: Json };

/**
 * Replaces values of the recipe's `params` by those of a file (`--params fast.yaml`: YAML or JSON, a map of
 * names to values). The file names parameters that the recipe has, and a matrix no longer varies them;
 * problems are added to `source`.
 */
export async function applyParamsFile(recipe: Json, file: string, source: RecipeSource): Promise<Json> {
  const read = await readRecipe(file, 'a map of parameters');
  if ('problem' in read) {
    source.problems.push(read.problem);
    return recipe;
  }
  const text = new SourceText(file, read.text);
  const parsed = parseYaml(text, 0, ['params']);
  if ('problems' in parsed) {
    source.problems.push(...parsed.problems);
    return recipe;
  }
  source.problems.push(...parsed.keys);
  const values = asMap(parsed.value);
  if (values === undefined) {
    const range = text.find(['params'], 'value');
    const got = describeValue(parsed.value);
    source.problems.push(text.problem(range, { message: 'not a parameter file', expected: 'a map', got }));
    return recipe;
  }
  const root = asMap(recipe) ?? {};
  const params = asMap(root.params) ?? {};
  const known = Object.keys(params);
  for (const [name, value] of Object.entries(values)) {
    if (!Object.hasOwn(params, name)) {
      const range = text.find(['params', name], 'key');
      const key = text.spot(['params', name])?.key ?? range;
      source.problems.push(text.problem(key, noParameter(name, known)));
      continue;
    }
    params[name] = value;
    source.override(text.below(['params', name]));
  }
  return Object.keys(values).reduce<Json>(pinParameter, { ...root, params });
}

function asMap(value: Json | undefined): JsonMap | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : undefined;
}

/** A value for a parameter that the recipe does not define. */
export function noParameter(name: string, known: readonly string[]): Mistake {
  return {
    message: `the recipe has no parameter '${name}' in \`params\``,
    expected: known.length === 0 ? undefined : `one of ${known.join(', ')}`,
    suggestion: suggest(name, known),
  };
}
