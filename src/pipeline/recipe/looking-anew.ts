import type { Pipeline } from './pipeline.js';

/**
 * The same pipeline for another plan or run. Stage types keep what they have found of data with the place
 * that they looked in, so that one plan or run looks once; a place of its own has them look again.
 */
export function lookingAnew(pipeline: Pipeline): Pipeline {
  return { ...pipeline, place: { ...pipeline.place } };
}
