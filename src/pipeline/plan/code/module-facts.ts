import { extname } from 'node:path';
import { readShort } from '../../../files/regular-file.js';
import { sha256 } from '../../../util/sha256.js';
import { isRacy, signatureOf } from '../../cache/stat-memo.js';
import type { FileMemo, ModuleFacts } from '../../cache/types.js';
import { builtFacts } from './built-facts.js';
import { ModuleStats } from './module-stats.js';
import { scanTypeScript } from './scan-typescript.js';

/**
 * What a module file does and imports; parsed only if the file is new or changed. `undefined` for a missing
 * file.
 */
export async function moduleFacts(
  path: string,
  memo: FileMemo<ModuleFacts>,
  files = new ModuleStats(),
): Promise<ModuleFacts | undefined> {
  const stats = files.of(path);
  if (stats === undefined) return undefined;
  const signature = signatureOf(stats);
  const known = memo.get(path, signature);
  if (known !== undefined) return known;
  const facts = await factsOf(path, await readShort(path));
  if (!isRacy(stats)) memo.set(path, signature, facts);
  return facts;
}

/** The same for a module's bytes. */
export async function factsOf(path: string, bytes: Buffer): Promise<ModuleFacts> {
  switch (extname(path)) {
    case '.js':
    case '.mjs':
    case '.cjs': {
      const built = builtFacts(sha256(bytes));
      if (built !== undefined) return built;
      const text = bytes.toString('utf8');
      // Loaded here, because a run with nothing to do parses nothing.
      const { scanJavaScript } = await import('./scan-javascript.js');
      // A file that does not parse counts by its bytes; running it will show what is wrong.
      return scanJavaScript(text) ?? { digest: sha256(text), imports: [] };
    }
    case '.ts':
    case '.mts':
    case '.cts':
    case '.tsx':
      return scanTypeScript(bytes.toString('utf8'));
    default:
      return { digest: sha256(bytes), imports: [] };
  }
}
