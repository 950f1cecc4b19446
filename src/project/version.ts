import { readFileSync } from 'node:fs';

/** The package's version, from two or three folders up (source, or built into `dist`). */
export function version(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'etude-audio' && version !== undefined) return version;
    } catch {
      // Not in this one.
    }
  }
  return 'unknown';
}
