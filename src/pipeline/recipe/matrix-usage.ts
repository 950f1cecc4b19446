import type { Json } from '../../util/json.js';

const NAME = /\$\{\{\s*params\.([A-Za-z0-9_-]+)/g;

/**
 * Which parameters of a matrix each stage reads in its own `with`, including through other parameters.
 * Unresolved references are reported elsewhere.
 */
export function matrixUsage(
  stages: Record<string, Record<string, Json>>,
  params: Record<string, Json>,
  axes: readonly string[],
): Map<string, Set<string>> {
  if (axes.length === 0) return new Map();
  return new Map(
    Object.entries(stages).map(([id, stage]) => {
      const seen = new Set<string>();
      const follow = (value: Json) => {
        for (const name of namesIn(value)) {
          if (seen.has(name)) continue;
          seen.add(name);
          // A cell's own value replaces that of `params`, and refers to nothing.
          if (!axes.includes(name) && Object.hasOwn(params, name)) follow(params[name]!);
        }
      };
      follow(stage.with ?? null);
      return [id, new Set(axes.filter((axis) => seen.has(axis)))];
    }),
  );
}

function namesIn(value: Json): string[] {
  if (typeof value === 'string') return [...value.matchAll(NAME)].map((match) => match[1]!);
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(namesIn);
}
