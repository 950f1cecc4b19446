/** A share or a score: `0.970`. */
export function score(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(3);
}

/** A share in per cent: `97.0 %`. */
export function percent(share: number | undefined): string {
  return share === undefined || !Number.isFinite(share) ? '–' : `${(share * 100).toFixed(1)} %`;
}

/** A number of any size with at most four digits: `0.00185`, `12.5`, `3e-5`. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return String(Number(value.toPrecision(4)));
}

/** A time: `0.04 s`, `2.4 s`, `12 s`, `2 min 9 s`, `1 h 4 min`. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return '–';
  if (seconds < 0.095) return `${seconds.toFixed(2)} s`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A size: `12 kB`, `5.1 MB`. */
export function bytes(number: number): string {
  return number < 1e6 ? `${Math.ceil(number / 1e3)} kB` : `${Number((number / 1e6).toPrecision(2))} MB`;
}

/** `f1_macro` in words. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}
