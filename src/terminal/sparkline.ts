const levels = '▁▂▃▄▅▆▇█';

/**
 * A curve in `width` characters: the means of as many equal parts of `values`, from the lowest (▁) to the
 * highest (█). Values that are not finite are left out.
 */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0 || width <= 0) return '';
  const cells = Math.min(width, finite.length);
  const means = Array.from({ length: cells }, (_, cell) => {
    const start = Math.floor((cell * finite.length) / cells);
    const end = Math.max(start + 1, Math.floor(((cell + 1) * finite.length) / cells));
    const part = finite.slice(start, end);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const low = Math.min(...means);
  const span = Math.max(...means) - low;
  return means.map((mean) => levels[span === 0 ? 0 : Math.round(((mean - low) / span) * 7)]).join('');
}
