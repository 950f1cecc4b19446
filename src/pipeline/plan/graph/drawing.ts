import type { Pipeline } from '../../recipe/pipeline.js';
import type { Plan } from '../types.js';

/** A pipeline in the form needed for drawing. */
export interface Drawing {
  name: string;
  nodes: DrawnNode[];
  edges: DrawnEdge[];
}

export interface DrawnNode {
  id: string;
  uses: string;
  /** If a plan was given: what will happen to the stage. */
  status?: 'hit' | 'run' | 'blocked';
}

/** From a stage to one that it feeds. */
export interface DrawnEdge {
  from: string;
  to: string;
  /** The input's name, if a stage has several. */
  input?: string;
}

/** Stages and their edges in recipe order, with what a plan says about them. */
export function drawingOf(pipeline: Pipeline, plan?: Plan): Drawing {
  const status = new Map(plan?.stages.map((planned) => [planned.stage.id, planned.type]));
  return {
    name: pipeline.name,
    nodes: pipeline.stages.map(({ id, uses }) => ({ id, uses, status: status.get(id) })),
    edges: pipeline.stages.flatMap(({ id, from }) => {
      const wires = Object.entries(from);
      return wires.map(([input, source]) => ({
        from: source,
        to: id,
        input: wires.length > 1 ? input : undefined,
      }));
    }),
  };
}
