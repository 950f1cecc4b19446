let diverted = 0;
let stop: (() => void) | undefined;

/**
 * Opens recipes. What users' stage modules print on import goes to standard error, because a script may be
 * reading standard output. A program that opens recipes keeps its streams.
 */
export async function divertOutput<T>(opening: () => Promise<T>): Promise<T> {
  if (diverted++ === 0) stop = divert();
  try {
    return await opening();
  } finally {
    if (--diverted === 0) stop?.();
  }
}

function divert(): () => void {
  const { stdout, stderr } = process;
  const { write } = stdout;
  stdout.write = stderr.write.bind(stderr) as typeof write;
  return () => {
    stdout.write = write;
  };
}
