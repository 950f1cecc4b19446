import type { References } from './references.js';
import type { Path, RecipeSource } from './source-positions.js';

/**
 * Adds to `source` the numbers that could mean two things: if a parameter is a fraction below 1 or otherwise
 * a whole number (`x-fraction` in its schema), `1.0` would be the whole by its decimal point, and one by its
 * value. Only the recipe's text distinguishes them; `given` are the parameters that it has, for the others
 * are defaults.
 */
export function checkFractions(
  params: Record<string, unknown>,
  given: readonly string[],
  at: Path,
  schema: Record<string, unknown>,
  references: References,
  source: RecipeSource,
): void {
  for (const name of fractionsOf(schema)) {
    if (!given.includes(name)) continue;
    const value = params[name];
    if (typeof value !== 'number' || value < 1 || !Number.isInteger(value)) continue;
    const path = [...at, name];
    const written = writtenAs(value, path, references, source);
    if (written === undefined) continue;
    source.add(path, 'value', {
      message: `'${name}' is neither a fraction nor a whole number`,
      expected: `a number below 1, or a whole number without a decimal point: ${value}`,
      got: written,
    });
  }
}

const known = new WeakMap<object, string[]>();

function fractionsOf(schema: Record<string, unknown>): string[] {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, object>);
  const names = known.get(schema) ?? properties.flatMap(([name, one]) => ('x-fraction' in one ? [name] : []));
  known.set(schema, names);
  return names;
}

/**
 * The text of an integer that was written as a float, at the path or at what it refers to; a matrix cell gets
 * it from there.
 */
function writtenAs(
  value: number,
  path: Path,
  references: References,
  source: RecipeSource,
): string | undefined {
  const written = source.textAt(path);
  if (Number(written) === value) return /[.eE]/.test(written!) ? written : undefined;
  const origin = references.originOf(path)?.split('.');
  if (origin === undefined) return undefined;
  const inMatrix = [
    ...cellTexts(['matrix', origin[1]!], [], source),
    ...cellTexts(['matrix', 'include'], [origin[1]!], source),
  ];
  const ofCell = inMatrix.find((text) => Number(text) === value && /[.eE]/.test(text));
  return ofCell ?? writtenAs(value, origin, references, source);
}

function cellTexts(list: Path, below: Path, source: RecipeSource): string[] {
  const texts: string[] = [];
  for (let i = 0; source.textAt([...list, i]) !== undefined; i++) {
    const text = source.textAt([...list, i, ...below]);
    if (text !== undefined) texts.push(text);
  }
  return texts;
}
