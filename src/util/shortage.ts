import { EtudeError } from './errors.js';

/** What V8, Node, WebAssembly, ONNX Runtime and C++ say when an allocation fails. */
const NO_MEMORY =
  /heap out of memory|allocation failed|failed to allocate|could not allocate|bad[_ ]alloc|out of memory|cannot allocate memory|invalid array buffer length/i;
const MEMORY_CODES = new Set(['ENOMEM', 'ERR_MEMORY_ALLOCATION_FAILED', 'ERR_WORKER_OUT_OF_MEMORY']);

/**
 * The signals of a process that gave up for lack of memory: V8 traps or aborts, musl and glibc abort, old
 * builds fault.
 */
const ENDINGS = new Set<string>(['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV', 'SIGBUS']);

/** What ran out, and what to do about it; `undefined` for any other error. */
export function shortage(error: unknown): EtudeError | undefined {
  if (!(error instanceof Error) || error instanceof EtudeError) return undefined;
  const { code = '', path } = error as NodeJS.ErrnoException;
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new EtudeError('too many open files', {
      where: path === undefined ? undefined : { file: path },
      hint: 'Raise the limit (`ulimit -n 4096`), or run fewer stages at once (--jobs).',
      cause: error,
    });
  }
  if (MEMORY_CODES.has(code) || NO_MEMORY.test(error.message)) return noMemory(error.message, error);
  return undefined;
}

/**
 * Why a process died, from its signal or exit code and its last words; `undefined` if it was not for lack of
 * memory.
 */
export function shortageAtDeath(
  ending: { code: number | null; signal: string | null },
  lastWords: readonly string[],
): EtudeError | undefined {
  const said = lastWords.find(isAboutMemory);
  if (said !== undefined) return noMemory(said.trim());
  // V8 ends a process that runs out of memory with a trap and often without a word; a shell reports signals
  // as 128 and above.
  const trapped =
    ending.signal !== null ? ENDINGS.has(ending.signal) : [132, 133, 134].includes(ending.code ?? 0);
  return trapped && lastWords.length === 0
    ? noMemory(`it was killed by ${ending.signal ?? `exit code ${ending.code}`}`)
    : undefined;
}

/** Whether a line of a process's output is about an allocation that failed. */
export function isAboutMemory(line: string): boolean {
  return NO_MEMORY.test(line);
}

function noMemory(got: string, cause?: unknown): EtudeError {
  return new EtudeError('out of memory', {
    got,
    hint: 'Smaller batches and shorter clips need less (per_device_train_batch_size, max_length). `ulimit -v` and containers can allow less than the machine has.',
    cause,
  });
}
