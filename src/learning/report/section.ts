import type { DatasetArtifact, ModelArtifact, ReportArtifact } from '../../stage/artifact.js';
import type { ClipSource, Objects } from '../../stage/stage-type.js';
import type { ClipShelf } from './clips/shelf.js';
import type { Measuring } from './data/measure-data.js';
import type { SplitEvaluation } from './evaluation.js';
import type { Named } from './named.js';
import type { Html } from './page/html.js';

/** One run, or one combination of a matrix: what a report shows, all of it from the cache. */
export interface ReportedRun {
  name: string;
  /** What it is one of: the name of its recipe. */
  group: string;
  evaluations: readonly Named<ReportArtifact>[];
  models: readonly Named<ModelArtifact>[];
  datasets: readonly Named<DatasetArtifact>[];
  objects: Objects;
  /** Where what is measured of clips is kept; without it, it is measured anew. */
  measuring?: Measuring;
  /** The data with the clips behind an evaluation, by the input that it stands for, as far as it is known. */
  clipsOf?(stage: string): Readonly<Record<string, ClipSource>> | undefined;
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

/** The same with what its sections have in common. */
export interface RunOnPage extends ReportedRun {
  /** The splits of its evaluations. */
  splits: readonly SplitEvaluation[];
  shelf: ClipShelf;
  /** Whether clips of an evaluation can be found. */
  hasSound: boolean;
}

/** What a section puts into the page. */
export interface SectionContent {
  body: Html;
  /** Put before the body, once all sections of the run are made. */
  before?: () => Html;
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
  /** Sections with a lower one are made earlier, and have the first choice of clips. Default 9. */
  rank?: number;
  /**
   * @param run What it is about.
   * @param prefix Put before every `id` in the body, because a page may contain several runs.
   */
  make(run: RunOnPage, prefix: string): Promise<SectionContent | undefined>;
}
