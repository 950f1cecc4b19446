/** Reads the dataset of an artifact by rows and columns. `Recipe.dataset` does it for a stage by its id. */
export { openDataset as readDataset } from '../learning/data/dataset.js';
