import { relative } from 'node:path';
import { EtudeError } from '../../util/errors.js';
import { suggest } from '../../util/suggest.js';
import type { Pipeline, PipelineStage } from './pipeline.js';

/** The stage of an id. Throws an EtudeError with a suggestion if there is none. */
export function findStage(pipeline: Pipeline, id: string): PipelineStage {
  const stage = pipeline.stages.find((each) => each.id === id);
  if (stage !== undefined) return stage;
  const where = { file: relative('', pipeline.file) };
  const variants = pipeline.stages.filter((each) => each.variantOf === id);
  if (variants.length > 0)
    throw new EtudeError(`stage '${id}' differs between the cells of the matrix`, {
      expected: `one of ${variants.map((each) => `'${each.id}'`).join(', ')}`,
      where,
    });
  const ids = pipeline.stages.map((each) => each.id);
  const near = suggest(id, ids);
  throw new EtudeError(`the recipe has no stage '${id}'`, {
    expected: `one of ${ids.join(', ')}`,
    hint: near === undefined ? undefined : `Did you mean '${near}'?`,
    where,
  });
}
