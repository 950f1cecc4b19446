import type { Feature, States } from '../../index.js';
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
      if (feature.states !== undefined) return describeStates(feature.states, feature.feature);
      const length = feature.length === undefined ? '' : `${feature.length} `;
      const changed = feature.augment === undefined ? '' : ', augmented in training';
      return `List of ${length}${describeFeature(feature.feature)}${changed}`;
    }
  }
}

function describeStates({ layers, pooling }: States, item: Feature): string {
  const what = pooling === 'mean' ? 'mean hidden state' : 'hidden states';
  return `${what} after ${count(layers, 'layer')}, ${describeFeature(item)}`;
}

/** A class by number and name: `2 address`. */
export function describeClass(names: readonly string[], value: number): string {
  const name = names[value];
  return name === undefined ? String(value) : `${value} ${clean(name)}`;
}
