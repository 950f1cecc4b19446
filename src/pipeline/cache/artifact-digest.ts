import type { Artifact } from '../../stage/artifact.js';
import { digestOfJson } from '../../util/canonical-json.js';

/**
 * SHA-256 of an artifact's canonical JSON: the name of its content, by which downstream fingerprints refer to
 * it.
 */
export function artifactDigest(artifact: Artifact): string {
  return digestOfJson(artifact);
}
