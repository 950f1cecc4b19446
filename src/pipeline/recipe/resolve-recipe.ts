import type { Pipeline, PipelineStage } from './pipeline.js';
import { yamlText } from './yaml-text.js';

/**
 * The recipe as it will run, as YAML text: references replaced, overrides applied, defaults written out,
 * stages in running order. It is a recipe itself: loaded from the same folder, it gives the same pipeline.
 */
export function resolveRecipe(pipeline: Pipeline): string {
  const { name, description } = pipeline;
  const stages = Object.fromEntries(pipeline.stages.map((stage) => [stage.id, resolveStage(stage)]));
  return yamlText(description === undefined ? { name, stages } : { name, description, stages });
}

function resolveStage({ uses, type, from, with: params, resources }: PipelineStage): Record<string, unknown> {
  const wires = Object.keys(from);
  const plain = wires.length === 1 && wires[0] === Object.keys(type.inputs)[0];
  const stage: Record<string, unknown> = { uses };
  if (wires.length > 0)
    stage.from = plain ? from[wires[0]!] : type.inputList === undefined ? from : Object.values(from);
  if (Object.keys(params).length > 0) stage.with = params;
  if (resources !== undefined) stage.resources = resources;
  return stage;
}
