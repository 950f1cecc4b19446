/**
 * The entry of the process that tries a device: `node device-check-main.js webgpu`. A driver may end or hang
 * the process that opens it, hence a separate one. Reports to its parent over the IPC channel.
 */
import { onDevice } from './device.js';
import type { DeviceFinding } from './device-check.js';
import type { Device } from './device-names.js';
import { loadNative } from './native-binding.js';
import { testedOperators, testOperator, timeProducts } from './self-test.js';

process.on('disconnect', () => process.exit(1));
const device = process.argv[2] as Device;
const measured = process.argv.includes('--time');
process.send!(find(), () => process.exit(0));

function find(): DeviceFinding {
  const cpu = loadNative();
  const native = onDevice(cpu, device);
  const exclusive = onDevice(cpu, device, true);
  const onCpu: string[] = [];
  for (const operator of testedOperators) {
    const { problem, elsewhere } = tryOperator(operator);
    if (problem !== undefined) return problem;
    if (elsewhere) onCpu.push(operator);
  }
  if (onCpu.length === testedOperators.length) {
    return { type: 'closed', reason: 'none of the operators that were tried run on it' };
  }
  if (!measured) return { type: 'works', onCpu };
  return { type: 'works', onCpu, ...speeds() };

  /**
   * Measured on a long chain of products, or on a single one if that already shows that the device is
   * hopeless.
   */
  function speeds(): { milliseconds: number; cpuMilliseconds: number } {
    const first = { milliseconds: timeProducts(native, 384, 1), cpuMilliseconds: timeProducts(cpu, 384, 1) };
    if (first.milliseconds > 50 && first.milliseconds > 10 * first.cpuMilliseconds) return first;
    return { milliseconds: timeProducts(native, 1024, 8), cpuMilliseconds: timeProducts(cpu, 1024, 8) };
  }

  function tryOperator(operator: string): { problem?: DeviceFinding; elsewhere?: boolean } {
    let elsewhere = false;
    let wrong: string | undefined;
    try {
      try {
        wrong = testOperator(exclusive, operator);
      } catch {
        elsewhere = true;
        wrong = testOperator(native, operator);
      }
    } catch (error) {
      return { problem: { type: 'closed', reason: (error as Error).message } };
    }
    return wrong === undefined ? { elsewhere } : { problem: { type: 'wrong', reason: wrong } };
  }
}
