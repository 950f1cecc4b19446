import { EtudeError } from '../../util/etude-error.js';
import type { ModelConfig } from '../model/config.js';

/** A class and how sure the model is of it. */
export interface LabelScore {
  label: string;
  score: number;
}

/** How logits become scores. */
export type Activation = 'softmax' | 'sigmoid' | 'none';

/**
 * What transformers' pipeline applies to a model: according to the configuration's `problem_type`, softmax by
 * default.
 */
export function activationOf({ raw }: ModelConfig): Activation {
  switch (raw.problem_type) {
    case 'multi_label_classification':
      return 'sigmoid';
    case 'regression':
      return 'none';
    case 'single_label_classification':
    case null:
    case undefined:
      return 'softmax';
    default:
      throw new EtudeError("unknown 'problem_type' in the model configuration", {
        got: JSON.stringify(raw.problem_type),
      });
  }
}

/** The best classes for one clip's logits, best first: `topK` of them, or all if there are fewer. */
export function bestScores(
  logits: Float32Array,
  labels: readonly string[],
  activation: Activation,
  topK: number,
): LabelScore[] {
  return activate(logits, activation)
    .map((score, id) => ({ label: labels[id]!, score }))
    .sort((one, other) => other.score - one.score)
    .slice(0, topK);
}

function activate(logits: Float32Array, activation: Activation): number[] {
  const values = Array.from(logits);
  if (activation === 'none') return values;
  if (activation === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)));
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
