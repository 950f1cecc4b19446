/** The contract for stage types outside the package: `uses: ./stages/mine.js`. */
export type * from './stage/artifact.js';
export type * from './stage/stage-type.js';
export { EtudeError } from './util/errors.js';
