import { fileURLToPath } from 'node:url';

/**
 * The arguments that start Node on a script of the repository: `script('./children/busy.ts',
 * import.meta.url)`. The compiled script if the tests are compiled, as in `npm test`; the TypeScript under
 * tsx if a test file is run by itself.
 */
export function script(path: string, from: string): string[] {
  const file = scriptFile(path, from);
  return file.endsWith('ts') ? ['--import', import.meta.resolve('tsx'), file] : [file];
}

/** Only the script's file. */
export function scriptFile(path: string, from: string): string {
  return fileURLToPath(new URL(from.endsWith('.ts') ? path : path.replace(/ts$/, 'js'), from));
}
