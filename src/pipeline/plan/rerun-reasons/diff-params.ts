import { canonicalJson } from '../../../util/canonical-json.js';
import type { Json } from '../../../util/json.js';
import { lookUp } from '../../../util/look-up.js';
import type { Reason } from '../types.js';
import { formatNames, formatValue } from './format-value.js';

type JsonMap = Record<string, Json>;

/**
 * How two sets of parameters differ: one reason each, with both values. Maps are compared by key:
 * `columns.intent_class`.
 */
export function diffParams(before: JsonMap, after: JsonMap, path = ''): Reason[] {
  const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];
  return names.flatMap((name) => diffParam(path + name, lookUp(before, name), lookUp(after, name)));
}

function diffParam(field: string, before: Json | undefined, after: Json | undefined): Reason[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) {
    const value = formatValue(after!);
    return [{ type: 'param', field, after: value, text: `${field} set to ${value}` }];
  }
  if (after === undefined) {
    const value = formatValue(before);
    return [{ type: 'param', field, before: value, text: `${field} removed (was ${value})` }];
  }
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (isMap(before) && isMap(after)) return diffParams(before, after, `${field}.`);
  const values = { before: formatValue(before), after: formatValue(after) };
  const text = isList(before) && isList(after) ? listText(field, before, after) : undefined;
  return [{ type: 'param', field, ...values, text: text ?? changeText(field, values.before, values.after) }];
}

/** Two long values may look the same when shortened. */
function changeText(field: string, before: string, after: string): string {
  return before === after ? `${field} changed (${after})` : `${field} ${before} → ${after}`;
}

function listText(field: string, before: Json[], after: Json[]): string | undefined {
  if ([...before, ...after].some((item) => typeof item === 'object' && item !== null)) return undefined;
  const added = after.filter((item) => !before.includes(item)).map(formatValue);
  const removed = before.filter((item) => !after.includes(item)).map(formatValue);
  if (added.length === 0 && removed.length === 0) {
    return before.length === after.length ? `${field} reordered` : undefined;
  }
  const parts = [];
  if (added.length > 0) parts.push(`added ${formatNames(added)}`);
  if (removed.length > 0) parts.push(`removed ${formatNames(removed)}`);
  return `${field} ${parts.join(', ')}`;
}

function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json): value is Json[] {
  return Array.isArray(value);
}
