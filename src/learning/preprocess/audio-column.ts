import type { AudioFeature, Feature, Features } from '../../stage/artifact.js';
import type { OutlineProblem } from '../../stage/stage-type.js';
import { columnProblem } from '../data/name-problems.js';

/**
 * Looks up a column of audio.
 *
 * @param param where the recipe names it
 * @returns its feature, or the problem with it: no such column, or one of another type
 */
export function audioColumn(
  features: Features,
  column: string,
  param: readonly (string | number)[],
): { feature: AudioFeature } | { problem: OutlineProblem } {
  const audioColumns = Object.keys(features).filter((name) => features[name]!._type === 'Audio');
  const unknown = columnProblem(features, column, param);
  if (unknown !== undefined) {
    return { problem: { ...unknown, suggestion: unknown.suggestion ?? onlyOne(audioColumns) } };
  }
  const feature = features[column]!;
  if (feature._type === 'Audio') return { feature };
  return {
    problem: {
      param,
      message: `column '${column}' is not audio`,
      expected:
        audioColumns.length === 0 ? 'an audio column; the dataset has none' : audioColumns.join(' or '),
      got: typeName(feature),
      suggestion: onlyOne(audioColumns),
    },
  };
}

function onlyOne(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

function typeName(feature: Feature): string {
  if (feature._type === 'Value') return feature.dtype;
  return feature._type === 'List' ? `List<${typeName(feature.feature)}>` : feature._type;
}
