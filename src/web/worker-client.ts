import { ClassifierError } from './classifier-error.js';
import type { Calls, Request, Response } from './messages.js';
import type { LoadProgress } from './types.js';

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  progress?(progress: LoadProgress): void;
}

/** Calls functions of the worker, in order. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #ended: ClassifierError | undefined;
  #last = 0;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Response>) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      const reason = event.message === undefined || event.message === '' ? '' : `: ${event.message}`;
      this.#end(
        new ClassifierError(
          'closed',
          `the worker of the classifier failed${reason}`,
          'classifier-worker.js must be beside classifier.js, on the same server as the page.',
        ),
      );
    };
  }

  /** @param progress called while a model is loaded */
  call<Name extends keyof Calls>(
    name: Name,
    given: Calls[Name]['arguments'],
    transfer: Transferable[] = [],
    progress?: (progress: LoadProgress) => void,
  ): Promise<Calls[Name]['answer']> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject, progress });
      this.#worker.postMessage({ id, name, arguments: given } as Request, transfer);
    });
  }

  close(): void {
    this.#end(new ClassifierError('closed', 'the classifier was closed'));
  }

  #receive(response: Response): void {
    const waiting = this.#waiting.get(response.id);
    if (waiting === undefined) return;
    if ('progress' in response) {
      waiting.progress?.(response.progress);
      return;
    }
    this.#waiting.delete(response.id);
    if ('answer' in response) waiting.resolve(response.answer);
    else {
      const { code, message, hint } = response.error;
      waiting.reject(new ClassifierError(code, message, hint));
    }
  }

  #end(error: ClassifierError): void {
    this.#ended ??= error;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
