import type { EngineChoice } from '../engine/engine-type.js';

/** Possible values of the options of a project and its recipes. Light enough to be loaded for a help page. */
export { parseDevice } from '../engine/device-choice.js';
export { REMOTE_KINDS } from '../pipeline/remote/kinds.js';

export const ENGINES: readonly EngineChoice[] = ['auto', 'onnxruntime', 'tensorflow', 'cpu'];
