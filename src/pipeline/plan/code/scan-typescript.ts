import { sha256 } from '../../../util/sha256.js';
import type { ModuleFacts } from '../../cache/types.js';

const FROM = /\b(?:import|export)\s+(?!type\b)(?:[\w$*{}\s,]+?\s*from\s*)?(['"])([^'"\n]+)\1/g;
const CALL = /\b(?:import|require|import\.meta\.resolve)\s*\(\s*(['"])([^'"\n]+)\1/g;
const FILE_URL = /\bnew\s+URL\(\s*(['"])([^'"\n]+)\1\s*,\s*import\.meta\.url/g;

/**
 * A TypeScript module: counted by its bytes, comments included, with its imports found by pattern. Type-only
 * imports have no effect and are left out.
 */
export function scanTypeScript(text: string): ModuleFacts {
  const imports = [...text.matchAll(FROM), ...text.matchAll(CALL)].map((match) => match[2]!);
  const files = [...text.matchAll(FILE_URL)].map((match) => relativeUrl(match[2]!));
  return { digest: sha256(text), imports: [...new Set([...imports, ...files])] };
}

/** In `new URL`, a bare name is relative too. */
export function relativeUrl(specifier: string): string {
  return /^(\.|\/|[a-z]+:)/i.test(specifier) ? specifier : `./${specifier}`;
}
