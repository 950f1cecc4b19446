import picocolors from 'picocolors';

export type Colors = ReturnType<typeof picocolors.createColors>;
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether escape codes for colour may be written: `NO_COLOR` (non-empty) forbids, `FORCE_COLOR` (not `0`)
 * allows, otherwise a terminal that is not dumb. CI is no reason for colour: its logs are often read by
 * machines.
 */
export function allowsColor(stream: { isTTY?: boolean }, env: Environment): boolean {
  if (env.NO_COLOR) return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return understandsEscapes(stream, env);
}

/**
 * Whether the stream is a terminal that can do more than print: `TERM` is `dumb`, or not set, for those that
 * cannot.
 */
export function understandsEscapes(stream: { isTTY?: boolean }, env: Environment): boolean {
  if (stream.isTTY !== true || env.TERM === 'dumb') return false;
  // On Windows it is not set.
  return Boolean(env.TERM) || process.platform === 'win32';
}

export function colorsFor(stream: { isTTY?: boolean }, env: Environment): Colors {
  return picocolors.createColors(allowsColor(stream, env));
}
