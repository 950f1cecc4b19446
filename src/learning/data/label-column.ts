import type { Features } from '../../stage/artifact.js';
import { describeFeature } from './features.js';
import { columnProblem, type Report } from './name-problems.js';

/**
 * The classes of a ClassLabel column; reports a column that is missing or has none. Before a run, there may
 * be none because they are not known yet.
 */
export function classesOf(
  features: Features,
  column: string,
  param: readonly string[],
  report: Report,
): string[] | undefined {
  const missing = columnProblem(features, column, param);
  if (missing !== undefined) {
    report(missing);
    return undefined;
  }
  const feature = features[column]!;
  if (feature._type === 'ClassLabel') return feature.names;
  report({
    param,
    message: `column '${column}' has no classes`,
    expected: 'ClassLabel',
    got: describeFeature(feature),
    hint: 'cast-column makes classes of names (type: ClassLabel).',
  });
  return undefined;
}
