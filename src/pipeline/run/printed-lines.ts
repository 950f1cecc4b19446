import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { isAboutMemory } from '../../util/shortage.js';

/** How much of a crashed process's last output is kept for the message. */
const LAST_LINES = 5;
/** Longer lines are reported in pieces. Characters. */
const LONGEST = 100_000;

/** The output of a stage's process, line by line; the last lines are kept for the message of a crash. */
export class PrintedLines {
  last: string[] = [];
  listener: (line: string) => void = () => undefined;
  readonly #stdout = new Printed((line) => this.#line(line));
  readonly #stderr = new Printed((line) => this.#line(line));
  #waiting: (() => void) | undefined;

  constructor({ stdout, stderr }: Pick<ChildProcess, 'stdout' | 'stderr'>) {
    this.#read(stdout, this.#stdout);
    this.#read(stderr, this.#stderr);
  }

  /** Waits until this many bytes of the process's output have arrived. */
  async until(stdout: number, stderr: number): Promise<void> {
    while (this.#stdout.bytes < stdout || this.#stderr.bytes < stderr)
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    this.flush();
  }

  /** Passes on incomplete lines. */
  flush(): void {
    this.#stdout.flush();
    this.#stderr.flush();
  }

  #read(stream: Readable | null, printed: Printed): void {
    const wake = () => {
      this.#waiting?.();
      this.#waiting = undefined;
    };
    stream?.on('data', (bytes: Buffer) => {
      printed.add(bytes);
      wake();
    });
    // Nothing more will come.
    stream?.on('close', () => {
      printed.bytes = Number.POSITIVE_INFINITY;
      wake();
    });
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    // Whatever stack trace follows it.
    if (this.last.length === LAST_LINES) this.last.splice(isAboutMemory(this.last[0]!) ? 1 : 0, 1);
    this.last.push(line);
    this.listener(line);
  }
}

/** One output stream of a process. */
class Printed {
  bytes = 0;
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(bytes: Buffer): void {
    this.bytes += bytes.length;
    const lines = (this.#rest + this.#decoder.write(bytes)).split(/\r\n|[\n\r]/);
    this.#rest = lines.pop()!;
    for (const line of lines) this.#onLine(line);
    if (this.#rest.length > LONGEST) this.flush();
  }

  flush(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#onLine(rest);
  }
}
