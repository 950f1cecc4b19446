import type { Feature } from '../../index.js';
import { clean } from '../../terminal/line.js';
import { count } from '../../util/words.js';

/**
 * A column's type in a few words: `Audio 16000 Hz`, `ClassLabel, 14 classes`, `List of float32`, `string`.
 */
export function describeFeature(feature: Feature): string {
  switch (feature._type) {
    case 'Value':
      return feature.dtype;
    case 'ClassLabel':
      return `ClassLabel, ${count(feature.names.length, 'class')}`;
    case 'Audio': {
      const rate = feature.sampling_rate === undefined ? '' : ` ${feature.sampling_rate} Hz`;
      return `Audio${rate}, ${feature.storage === 'encoded' ? 'as files' : 'decoded'}`;
    }
    case 'List': {
      const length = feature.length === undefined ? '' : `${feature.length} `;
      return `List of ${length}${describeFeature(feature.feature)}`;
    }
  }
}

/** A class by number and name: `2 address`. */
export function describeClass(names: readonly string[], value: number): string {
  const name = names[value];
  return name === undefined ? String(value) : `${value} ${clean(name)}`;
}
