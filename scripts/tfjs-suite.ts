/**
 * Runs the test-suite that tfjs-core publishes in its package against our back end:
 *
 *   node --import tsx scripts/tfjs-suite.ts [--engine onnxruntime|cpu] [--only REGEX]
 *
 * Prints how many specs pass and those that do not. Exit code 1 if a spec fails that
 * test/engine/tfjs-suite/exceptions.ts does not list, or if fewer than 97 % pass. The engine `cpu` is
 * tfjs-backend-cpu, which distinguishes problems of a spec from ours.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadSuite } from '../test/engine/tfjs-suite/bundle.js';
import { exceptions } from '../test/engine/tfjs-suite/exceptions.js';

const LEAST = 0.97;

const { values } = parseArgs({
  options: { engine: { type: 'string', default: 'onnxruntime' }, only: { type: 'string' } },
});
const { engine, only } = values;
if (engine !== 'onnxruntime' && engine !== 'cpu') {
  console.error(`no engine '${engine}'; expected onnxruntime or cpu`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'tfjs-suite-'));
const print = console.log;
try {
  const suite = await loadSuite(engine, join(folder, 'suite.cjs'));
  // Specs of debug mode and of warnings print.
  for (const method of ['log', 'info', 'warn', 'error'] as const) console[method] = () => {};
  await suite.register();
  report(await suite.run(new RegExp(only ?? '')));
} finally {
  rmSync(folder, { recursive: true });
}

function report(results: Awaited<ReturnType<Awaited<ReturnType<typeof loadSuite>>['run']>>): void {
  const reasons = new Map<string, string>();
  if (engine === 'onnxruntime') {
    for (const { reason, specs } of exceptions) for (const spec of specs) reasons.set(spec, reason);
  }
  const failed = results.filter(({ passed }) => !passed);
  const unexpected = failed.filter(({ name }) => !reasons.has(name));
  for (const { name, message } of unexpected) print(`✖ ${name}\n    ${message.slice(0, 300)}`);
  for (const [name, reason] of reasons) {
    const named = results.filter((result) => result.name === name);
    if (named.some(({ passed }) => !passed)) print(`- ${name}\n    ${reason}`);
    else if (named.length > 0) print(`✔ ${name}\n    passes now: remove it from the exceptions`);
    else if (!only) print(`? ${name}\n    no longer exists: remove it from the exceptions`);
  }
  const passed = results.length - failed.length;
  const share = passed / results.length;
  print(`${engine}: ${passed} of ${results.length} specs pass (${(100 * share).toFixed(2)} %)`);
  process.exitCode = unexpected.length === 0 && share >= (only ? 0 : LEAST) ? 0 : 1;
}
