import type { Outline, Place, StageType } from '../../stage/stage-type.js';
import type { Resources } from './resources.js';

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
  /** What it needs where it is computed as a job. Part of no fingerprint. */
  resources?: Resources;
  /** What its output will look like, if known before running. */
  outline?: Outline;
  /**
   * What its type warns about before anything runs: based on the current state, whatever a result was made
   * from.
   */
  warnings?: string[];
  /** In a recipe with a matrix, for a stage that differs between cells: its id in the recipe. */
  variantOf?: string;
  /** The values of the matrix that it depends on. */
  cell?: Record<string, unknown>;
}

/** As much of a stage as is known in a recipe with mistakes elsewhere. */
export type TypedStage = Pick<PipelineStage, 'id' | 'uses' | 'type' | 'variantOf'>;

/**
 * One combination of a matrix's values, and the stages that belong to it: id in the recipe -> id in the
 * pipeline.
 */
export interface MatrixCell {
  params: Record<string, unknown>;
  stages: Record<string, string>;
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
  /** For a recipe with a matrix. */
  cells?: MatrixCell[];
}
