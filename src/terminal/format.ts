/** A span of time as a person reads it: `0.0s`, `1.8s`, `42s`, `1m 12s`, `2h 05m`. Takes seconds. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  const value = Math.max(0, seconds);
  if (value < 9.95) return `${value.toFixed(1)}s`;
  const whole = Math.round(value);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  const minutes = Math.round(value / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(value / 3600);
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}

/** Time left, in full seconds, so that it does not flicker: `3s`, `1m 12s`. Takes seconds. */
export function formatTimeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  const value = Math.max(0, seconds);
  return value < 9.95 ? `${Math.ceil(value)}s` : formatDuration(value);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** A number with three significant digits and no needless zeros: `3e-5`, `0.934`, `12.3`, `563`, `1.2e7`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value);
  if (size >= 1e6 || size < 1e-3) {
    const [mantissa = '', exponent = ''] = value.toExponential(2).split('e');
    return `${trimZeros(mantissa)}e${Number(exponent)}`;
  }
  if (size >= 100) return String(Math.round(value));
  return trimZeros(value.toPrecision(3));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/**
 * A metric of a model, always with three decimals if it is in 0..1, so that a column of them lines up:
 * `0.934`, `1.000`.
 */
export function formatMetric(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) > 1) return String(value);
  return Math.abs(value) >= 100 ? formatNumber(value) : value.toFixed(3);
}

/** A loss with enough decimals for about four characters: `2.64`, `0.051`, `12.3`. */
export function formatLoss(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1000) return formatNumber(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 0.1 || size === 0 ? value.toFixed(2) : value.toFixed(3);
}

/** Work per second, `7.1 clips/s`; for slow work, the inverse, `12s/step`. */
export function formatRate(perSecond: number, unit: string): string {
  if (!Number.isFinite(perSecond) || perSecond <= 0) return '';
  if (unit === 'bytes') return `${formatBytes(perSecond)}/s`;
  if (perSecond < 0.1) return `${formatDuration(1 / perSecond)}/${singular(unit)}`;
  if (perSecond < 9.95) return `${perSecond.toFixed(1)} ${unit}/s`;
  return `${perSecond < 1e6 ? Math.round(perSecond) : formatNumber(perSecond)} ${unit}/s`;
}

/** How much is done, and the total: `12/48 clips`, `12.3 MB of 34.2 MB`. */
export function formatAmount(done: number, total: number | undefined, unit: string): string {
  if (unit === 'bytes')
    return total === undefined ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(total)}`;
  const noun = (total ?? done) === 1 ? singular(unit) : unit;
  return `${formatNumber(done)}${total === undefined ? '' : `/${formatNumber(total)}`} ${noun}`;
}

function singular(unit: string): string {
  return unit.replace(/s$/, '');
}

/** Bytes in powers of 1000: `512 B`, `16.2 MB`, `1.4 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** A whole percentage, never 100 before it is done. */
export function formatPercent(fraction: number): string {
  const percent = fraction >= 1 ? 100 : Math.min(99, Math.max(0, Math.floor(fraction * 100)));
  return `${percent} %`;
}
