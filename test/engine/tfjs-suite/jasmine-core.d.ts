/** The part of jasmine-core 3 that the suite's runner uses. */
interface JasmineRequire {
  readonly version: () => string;
}

interface JasmineResult {
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'pending' | 'excluded';
  readonly failedExpectations: readonly { message: string }[];
}

interface JasmineEnvironment {
  configure(options: { random: boolean; specFilter(spec: { getFullName(): string }): boolean }): void;
  addReporter(reporter: { specDone(result: JasmineResult): void; jasmineDone(): void }): void;
  execute(): void;
}

declare module 'jasmine-core/lib/jasmine-core/jasmine.js' {
  const jasmineRequire: JasmineRequire;
  export default jasmineRequire;
}

declare module 'jasmine-core/lib/jasmine-core/node_boot.js' {
  /** Makes `describe`, `it`, … global. */
  export default function boot(jasmineRequire: JasmineRequire): { getEnv(): JasmineEnvironment };
}
