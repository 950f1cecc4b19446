import type { Outline, Place, StageType } from '../stage-type.js';

/** One node of the DAG, after defaults, validation and reference resolution. */
export interface PipelineStage {
  id: string;
  /** As written: `train`, `./stages/mine.js`. */
  uses: string;
  type: StageType;
  /** Absolute path of the stage type's module (where its code closure starts). */
  module: string;
  /** Input name -> stage id. */
  from: Record<string, string>;
  /** Parameters after defaults. */
  with: Record<string, unknown>;
  /** What its output will look like, where that is known before running. */
  outline?: Outline;
}

/** A recipe after parsing, defaults, validation and reference resolution. */
export interface Pipeline {
  name: string;
  description?: string;
  /** The recipe file, absolute. */
  file: string;
  place: Place;
  params: Record<string, unknown>;
  /** In an order in which every stage comes after its inputs; recipe order otherwise. */
  stages: PipelineStage[];
}
