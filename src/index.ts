/** The contract for stage types outside the package: `uses: ./stages/mine.js`. */
export type * from './artifact.js';
export { EtudeError } from './errors.js';
export type * from './stage-type.js';
