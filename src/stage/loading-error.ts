import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';

interface Spot {
  file: string;
  line: number;
  column: number;
}

/**
 * Why a stage module cannot be imported. For a syntax error, in it or in what it imports from next to it,
 * with the position, which Node does not report.
 */
export async function loadingError(error: unknown, module: string): Promise<string> {
  if (!(error instanceof SyntaxError)) return error instanceof Error ? error.message : String(error);
  const found = await findMistake(module, new Set());
  if (found === undefined) return error.message;
  const { file, line, column } = found;
  const of = file === module ? '' : ` of ${relative(dirname(module), file)}`;
  return `${error.message} in line ${line}, column ${column}${of}`;
}

/** The first mistake that a parser of JavaScript finds, which TypeScript is one for. */
async function findMistake(file: string, seen: Set<string>): Promise<Spot | undefined> {
  if (seen.has(file) || !/\.m?js$/.test(file)) return undefined;
  seen.add(file);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { parse } = await import('acorn');
  try {
    const { body } = parse(text, { ecmaVersion: 'latest', sourceType: 'module' });
    for (const statement of body) {
      const name = 'source' in statement ? statement.source?.value : undefined;
      if (typeof name !== 'string' || !name.startsWith('.')) continue;
      const found = await findMistake(resolve(dirname(file), name), seen);
      if (found !== undefined) return found;
    }
    return undefined;
  } catch (mistake) {
    const { line, column } = (mistake as { loc?: { line: number; column: number } }).loc ?? {};
    return line === undefined || column === undefined ? undefined : { file, line, column: column + 1 };
  }
}
