import { EtudeError, type EtudeErrorOptions } from '../../../util/errors.js';

/** What to do about a checkpoint that is more than tensors, or written in an unsupported way. */
export const CONVERT =
  'If you trust it, convert it in Python: load the model with from_pretrained; model.save_pretrained(folder) then writes model.safetensors.';

/** Something is wrong with a PyTorch checkpoint. */
export function damaged(
  file: string,
  message: string,
  details: Omit<EtudeErrorOptions, 'where'> = {},
): EtudeError {
  const hint = 'The file is not a PyTorch checkpoint, or it is damaged.';
  return new EtudeError(message, { hint, ...details, where: { file } });
}
