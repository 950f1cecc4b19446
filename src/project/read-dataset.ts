/** Reads an artifact's dataset by rows and columns. `Recipe.dataset` does it for a stage by its id. */
export { openDataset as readDataset } from '../learning/data/dataset.js';
