/** Data types by transformers.js' names. */
export type Dtype = 'fp32' | 'fp16' | 'q8' | 'q4';

/** The names of their files in the folder `onnx`, as transformers.js looks for them. */
export const FILE_OF: Readonly<Record<Dtype, string>> = {
  fp32: 'model.onnx',
  fp16: 'model_fp16.onnx',
  q8: 'model_quantized.onnx',
  q4: 'model_q4.onnx',
};
