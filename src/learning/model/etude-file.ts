/** The file of a model folder for what the Hugging Face layout has no place for. */
export const ETUDE_FILE = 'etude.json';

export interface EtudeFile {
  /** Samples of the longest clip that the model was trained on, where that is known. */
  max_input_length?: number;
  /** Classes of the model for which the training had no clip, if there are any. */
  untrained_labels?: string[];
  /** SHA-256 of the weights of the adapter in the folder `adapter`, which is merged into the model. */
  adapter?: string;
}

/** Its text as values; `undefined` if it is not valid. */
export function parseEtudeFile(text: string): EtudeFile | undefined {
  try {
    const { max_input_length, untrained_labels, adapter } = JSON.parse(text) as EtudeFile;
    if (max_input_length !== undefined && !(Number.isSafeInteger(max_input_length) && max_input_length > 0))
      return undefined;
    const named =
      Array.isArray(untrained_labels) && untrained_labels.every((name) => typeof name === 'string');
    return {
      max_input_length,
      ...(named && { untrained_labels }),
      ...(typeof adapter === 'string' && { adapter }),
    };
  } catch {
    return undefined;
  }
}
