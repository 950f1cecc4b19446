import jasmineRequire from 'jasmine-core/lib/jasmine-core/jasmine.js';
import boot from 'jasmine-core/lib/jasmine-core/node_boot.js';

/** How a spec ended. */
export interface SpecResult {
  /** Names of its suites and its own, without the name of the environment. */
  name: string;
  passed: boolean;
  /** The first failure, or an empty string. */
  message: string;
}

// Here and not in `run`: spec modules declare their specs on import.
const environment = boot(jasmineRequire).getEnv();

/** Runs the declared specs whose names match, in order, and returns those that ran. */
export function run(filter: RegExp): Promise<SpecResult[]> {
  const results: SpecResult[] = [];
  environment.configure({
    random: false,
    specFilter: (spec) => filter.test(withoutEnvironment(spec.getFullName())),
  });
  return new Promise((resolve) => {
    environment.addReporter({
      specDone({ fullName, status, failedExpectations }) {
        if (status !== 'passed' && status !== 'failed') return;
        results.push({
          name: withoutEnvironment(fullName),
          passed: status === 'passed',
          message: failedExpectations[0]?.message ?? '',
        });
      },
      jasmineDone: () => resolve(results),
    });
    environment.execute();
  });
}

/** The suite appends the environment and its flags to names: ` onnxruntime {}`. */
function withoutEnvironment(name: string): string {
  return name.replaceAll(/ \w+ \{\}/g, '');
}
