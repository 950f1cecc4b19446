export const DEVICES = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const;

/** Where a graph runs, by the name of ONNX Runtime's execution provider. */
export type Device = (typeof DEVICES)[number];

/** What the command line accepts. */
export type DeviceChoice = Device | 'auto';
