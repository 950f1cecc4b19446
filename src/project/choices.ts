import type { EngineChoice } from '../engine/engine-type.js';

/** What the options of a project and of its recipes may be. Light enough to be loaded for a help page. */
export { parseDevice } from '../engine/device-choice.js';
export { REMOTE_KINDS } from '../pipeline/remote/kinds.js';

export const ENGINES: readonly EngineChoice[] = ['auto', 'onnxruntime', 'tensorflow', 'cpu'];
