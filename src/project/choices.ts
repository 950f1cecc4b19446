import type { EngineChoice } from '../engine/engine-type.js';

/** Possible values of the options of a project and its recipes. Light enough to be loaded for a help page. */
export { parseDevice } from '../engine/device-choice.js';
export { REMOTE_KINDS } from '../pipeline/remote/kinds.js';

/** How a dataset is exported. */
export const DATASET_FORMATS = ['save_to_disk', 'parquet'] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

export const ENGINES: readonly EngineChoice[] = ['auto', 'onnxruntime', 'tensorflow', 'cpu'];
