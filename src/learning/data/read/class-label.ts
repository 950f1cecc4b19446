import type { Feature, Features } from '../../../stage/artifact.js';
import { byCodePoints } from '../../../util/code-points.js';
import { lookUp } from '../../../util/look-up.js';
import { describeFeature } from '../features.js';
import { ParameterError } from '../parameter-error.js';
import type { Table } from './table.js';

/**
 * Makes a column of names (or of integers or booleans) a ClassLabel of its sorted values, as
 * `class_encode_column` of Hugging Face datasets does. `values` are its distinct values.
 */
export function classLabel(feature: Feature, values: Iterable<unknown>, column: string): Feature {
  const encodable = feature._type === 'Value' && !['float32', 'float64', 'binary'].includes(feature.dtype);
  if (!encodable) {
    throw new ParameterError('label_column_name', `column '${column}' cannot be a label`, {
      expected: 'a column of names, integers or true/false',
      got: describeFeature(feature),
    });
  }
  return { _type: 'ClassLabel', names: [...new Set(Array.from(values, labelName))].sort(byCodePoints) };
}

/** A label's name as Python writes it. */
export function labelName(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value);
}

/** The tables with the values of a label column replaced by their names; missing ones stay missing. */
export function withLabelNames(splits: Record<string, Table[]>, column: string): Record<string, Table[]> {
  const named = (table: Table): Table => ({
    ...table,
    async *rows(start, end) {
      for await (const { values, ...row } of table.rows(start, end)) {
        const value = lookUp(values, column);
        const label = value === null || value === undefined ? null : labelName(value);
        yield { ...row, values: { ...values, [column]: label } };
      }
    },
  });
  return Object.fromEntries(Object.entries(splits).map(([split, tables]) => [split, tables.map(named)]));
}

/** Whether the label column must be encoded: always if requested, otherwise only if it has names. */
export function encodesLabel(features: Features, column: string, asked: boolean): boolean {
  const feature = Object.hasOwn(features, column) ? features[column] : undefined;
  if (feature === undefined || feature._type === 'ClassLabel') return false;
  return asked || (feature._type === 'Value' && feature.dtype === 'string');
}
