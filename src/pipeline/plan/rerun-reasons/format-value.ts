import type { Json } from '../../../util/json.js';

const LIMIT = 40;

/** A value as a person would write it in a recipe, short: 3e-5, not 0.00003. */
export function formatValue(value: Json): string {
  const text = write(value);
  return text.length > LIMIT ? `${text.slice(0, LIMIT - 1)}…` : text;
}

function write(value: Json): string {
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string') return value === '' || /\s/.test(value) ? JSON.stringify(value) : value;
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([key, member]) => `${key}: ${write(member)}`)
    .join(', ')}}`;
}

/** Small and huge numbers with an exponent, as learning rates are written. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || (size >= 1e6 && !Number.isInteger(value)))) {
    return value.toExponential().replace('e+', 'e');
  }
  return String(value);
}

/** Joins names, only the first few if there are many. */
export function formatNames(names: readonly string[], limit = 4): string {
  const shown = names.slice(0, limit).join(', ');
  return names.length > limit ? `${shown} and ${names.length - limit} more` : shown;
}
