import type { Feature, Features } from '../../stage/artifact.js';
import { describeFeature } from './features.js';
import type { Report } from './name-problems.js';

/** How a dataset's columns become those of several datasets together. */
export interface Alignment {
  features: Features;
  /** Per dataset: columns that it lacks. */
  missing: string[][];
  /** Per dataset: by ClassLabel column, the new number of each of its classes. */
  ids: Map<string, number[]>[];
}

/**
 * The columns of several datasets together, after `concatenate_datasets` of Hugging Face datasets: in order
 * of appearance, and null where a dataset lacks one. Unlike there, classes are aligned by name: those of the
 * first dataset, then the others' new ones in order. Reports every column whose types differ.
 */
export function alignFeatures(datasets: readonly Features[], report: Report): Alignment {
  const features: Features = {};
  const from: Record<string, number> = {};
  for (const [i, given] of datasets.entries()) {
    for (const [name, feature] of Object.entries(given)) {
      const known = Object.hasOwn(features, name) ? features[name]! : undefined;
      const common = known === undefined ? feature : commonFeature(known, feature);
      if (known === undefined) from[name] = i + 1;
      if (common !== undefined) features[name] = common;
      else report(difference(name, [known!, from[name]!], [feature, i + 1]));
    }
  }
  return {
    features,
    missing: datasets.map((given) => Object.keys(features).filter((name) => !Object.hasOwn(given, name))),
    ids: datasets.map((given) => idsOf(given, features)),
  };
}

/** The type that values of both have; `undefined` if there is none. */
function commonFeature(a: Feature, b: Feature): Feature | undefined {
  if (a._type === 'ClassLabel' && b._type === 'ClassLabel') {
    // Not known before the run: neither are those of both.
    const isUnknown = a.names.length === 0 || b.names.length === 0;
    return { _type: 'ClassLabel', names: isUnknown ? [] : [...new Set([...a.names, ...b.names])] };
  }
  if (JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))) return a;
  // Then there is no one way in which the column was made.
  if (a._type === 'List' && b._type === 'List' && (a.extracted ?? b.extracted) !== undefined) {
    const [{ extracted: _, ...own }, { extracted: __, ...other }] = [a, b];
    return commonFeature(own, other);
  }
  // The files' own rates count.
  if (a._type === 'Audio' && b._type === 'Audio' && a.storage === 'encoded' && b.storage === 'encoded')
    return { _type: 'Audio', storage: 'encoded' };
  return undefined;
}

function sorted(feature: Feature): unknown {
  return Object.entries(feature)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => [key, key === 'feature' ? sorted(value as Feature) : value]);
}

function difference(
  name: string,
  [before, first]: [Feature, number],
  [feature, i]: [Feature, number],
): Parameters<Report>[0] {
  const types = [before._type, feature._type];
  const hint = types.every((type) => type === 'Audio')
    ? 'cast-audio decodes both to one sampling rate.'
    : types.every((type) => type === 'Value' || type === 'ClassLabel')
      ? 'cast-column gives them one type.'
      : 'rename or remove-columns keeps them apart.';
  return {
    param: [],
    message: `column '${name}' has different types in inputs ${first} and ${i}`,
    expected: describe(before),
    got: describe(feature),
    hint,
  };
}

function describe(feature: Feature): string {
  const text = describeFeature(feature);
  return feature._type === 'Audio' ? `${text}, ${feature.storage}` : text;
}

function idsOf(given: Features, features: Features): Map<string, number[]> {
  const ids = new Map<string, number[]>();
  for (const [name, feature] of Object.entries(given)) {
    const common = features[name]!;
    if (feature._type === 'ClassLabel' && common._type === 'ClassLabel')
      ids.set(
        name,
        feature.names.map((label) => common.names.indexOf(label)),
      );
  }
  return ids;
}
