import type { SplitEvaluation } from '../../../learning/report/evaluation.js';
import type { LabelFigures } from '../../../learning/report/other-evaluation.js';
import type { ProblemType } from '../../../learning/training/problem-type.js';

/** What a model card says of a trained model. Texts are of any origin, and not escaped yet. */
export interface ModelFacts {
  /** `owner/name`. */
  id: string;
  /** The recipe's name and description, and the stage that trained the model. */
  recipe: { name: string; description?: string; stage: string };
  labels: readonly string[];
  problemType: ProblemType;
  parameters: number;
  /** transformers' class: `Wav2Vec2ForSequenceClassification`. */
  architecture?: string;
  /** Hz, of the audio that the model takes. */
  samplingRate?: number;
  base: BaseModel;
  /** What it was trained on. */
  data: readonly DataSource[];
  training: {
    split: string;
    rows: number;
    seconds?: number;
    /** Rows by class, if each has one. */
    classes: ReadonlyMap<string, number>;
    /** The column by whose values test rows were held out, so that none of them occurs in both. */
    heldOutBy?: string;
    params: readonly (readonly [name: string, value: unknown])[];
    /** The last evaluation during training: by metric. */
    last?: { split: string; metrics: Readonly<Record<string, number>> };
    engine?: string;
    etude: string;
  };
  /** Splits that it was evaluated on, in the order of the recipe. */
  evaluations: readonly EvaluatedSplit[];
  /** The Hub's words, only if known. */
  license?: License;
  languages: readonly string[];
  /** Data types of the graphs in `onnx`; empty without such. */
  onnx: readonly string[];
  reproduce: {
    recipe: string;
    lock?: string;
    report: boolean;
    /** Whether stages have modules of their own, which are not published. */
    hasModules: boolean;
    commands: readonly string[];
  };
}

/** The checkpoint that was trained. */
export interface BaseModel {
  /** `owner/name`, if it is on the Hub. */
  id?: string;
  commit?: string;
  /** As a reader may know it: never a path outside the project. */
  shown: string;
  /** Whether only its configuration was used. */
  isScratch: boolean;
}

/** A dataset that a recipe loads. */
export interface DataSource {
  /** `owner/name`, if it is on the Hub. */
  id?: string;
  config?: string;
  commit?: string;
  shown: string;
  /** The name of the loader in Hugging Face datasets: `audiofolder`, `parquet`, … */
  format?: string;
  /** Rows by split, as loaded. */
  splits: Readonly<Record<string, number | undefined>>;
  languages: readonly string[];
}

/** A split, and what was measured on it. */
export interface EvaluatedSplit {
  /** The stage that evaluated it. */
  stage: string;
  split: string;
  rows: number;
  seconds?: number;
  metrics: Readonly<Record<string, number>>;
  intervals: SplitEvaluation['intervals'];
  classes: SplitEvaluation['classes'] | readonly LabelFigures[];
  groups: SplitEvaluation['groups'];
  data: readonly DataSource[];
}

/** A license as the Hub's metadata names it. */
export interface License {
  license: string;
  license_name?: string;
  license_link?: string;
  /** The model that it is of, if nobody has chosen it. */
  inheritedFrom?: string;
}
