import { readFileSync } from 'node:fs';
import type { ModuleFacts } from '../../cache/types.js';

/**
 * Written next to this module by the build (`scripts/write-facts.mjs`): SHA-256 of a built module's bytes ->
 * what scanning it gives.
 */
const BUILT_FACTS = new URL('./built-facts.json', import.meta.url);

let built: Readonly<Record<string, ModuleFacts>> | undefined;

/**
 * The facts of one of Etude's own built modules, so that a project's first run need not parse them all.
 *
 * @param digest SHA-256 of the module's bytes
 */
export function builtFacts(digest: string): ModuleFacts | undefined {
  built ??= readBuilt();
  return Object.hasOwn(built, digest) ? built[digest] : undefined;
}

function readBuilt(): Record<string, ModuleFacts> {
  try {
    return JSON.parse(readFileSync(BUILT_FACTS, 'utf8')) as Record<string, ModuleFacts>;
  } catch {
    // When run from its sources, Etude has none, and scans.
    return {};
  }
}
