import type { DatasetArtifact, ModelArtifact, ReportArtifact } from '../../stage/artifact.js';
import type { Objects } from '../../stage/stage-type.js';
import type { Html } from './page/html.js';

/** A result and the stage that it comes from. */
export interface Named<A> {
  stage: string;
  artifact: A;
}

/** The name of a clip, from the data behind an evaluation; `undefined` if it has none. */
export type NameOfClip = (
  stage: string,
  split: string,
  row: number,
  numRows: number,
) => Promise<string | undefined>;

/** One run, or one combination of a matrix: what a report shows, all of it from the cache. */
export interface ReportedRun {
  name: string;
  /** What it is one of: the name of its recipe. */
  group: string;
  evaluations: readonly Named<ReportArtifact>[];
  models: readonly Named<ModelArtifact>[];
  datasets: readonly Named<DatasetArtifact>[];
  objects: Objects;
  nameOfClip?: NameOfClip;
  /** How it was computed; a report that a stage makes knows nothing of it. */
  provenance?: Provenance;
}

/** How a run was computed. */
export interface Provenance {
  /** What it was computed with and on: labels and values. */
  facts: readonly (readonly [label: string, value: string])[];
  /** The commands that compute it again. */
  commands: readonly string[];
  stages: readonly ReportedStage[];
  /** The parameters that tell it from other runs. */
  params: Readonly<Record<string, unknown>>;
  /** The resolved recipe, as YAML. */
  recipe: string;
  /** The graph of its stages, as SVG. */
  graph?: string;
}

/** A stage of a run. */
export interface ReportedStage {
  id: string;
  uses: string;
  /** `hit`: taken from the cache; `cached`: it is not known which run computed it. */
  status: 'run' | 'hit' | 'cached' | 'failed' | 'skipped';
  /** How long it took to compute, whenever that was. */
  seconds?: number;
  summary?: string;
  warnings?: readonly string[];
  fingerprint?: string;
  /** Digest of the result. */
  digest?: string;
  /** What the lock file next to the recipe says of the result. */
  lock?: 'same' | 'different';
}

/** What a section puts into the page. */
export interface SectionContent {
  body: Html;
  /** Values for its script, which finds them in the element with the id `<section's id>-data`. */
  data?: unknown;
  /** JavaScript of ours, run once per page, after everything else; the same for every run. */
  script?: string;
}

/**
 * A section of a report. It reads artifacts and returns markup; everything from outside goes through `html`.
 * A section that has nothing to say of a run returns `undefined`, and is left out.
 */
export interface Section {
  /** Unique, for links. */
  id: string;
  title: string;
  /**
   * @param run What it is about.
   * @param prefix Put before every `id` in the body, because a page may contain several runs.
   */
  make(run: ReportedRun, prefix: string): Promise<SectionContent | undefined>;
}
