import type { EngineName } from '../../src/engine/engine-type.js';
import type { Device } from '../../src/engine/onnxruntime/index.js';

/**
 * The engine on which the tests of model, training and stages compute: `ETUDE_TEST_ENGINE` selects one other
 * than `onnxruntime`, as in `ETUDE_TEST_ENGINE=tensorflow node scripts/run-tests.mjs model training stages`.
 */
export const testEngine = (process.env.ETUDE_TEST_ENGINE ?? 'onnxruntime') as EngineName;

/**
 * The device on which `onnxruntime` computes in these tests, as in
 * `ETUDE_TEST_DEVICE=webgpu node scripts/run-tests.mjs engine model training`.
 */
export const testDevice = process.env.ETUDE_TEST_DEVICE as Device | undefined;
