/** What a user can request from a watch. */
export type Command = 'run' | 'plan' | 'finish' | 'restart';

/** What came in since the last time: paths that changed, and the last command. */
export interface Mail {
  changed: string[];
  command?: Command;
}

/** Collects what a watch has to react to. */
export class Inbox {
  readonly #changed = new Set<string>();
  #command: Command | undefined;
  #wake: (() => void) | undefined;

  change(paths: readonly string[]): void {
    for (const path of paths) this.#changed.add(path);
    this.#wake?.();
  }

  ask(command: Command): void {
    this.#command = command;
    this.#wake?.();
  }

  get isEmpty(): boolean {
    return this.#changed.size === 0 && this.#command === undefined;
  }

  /** Ends the wait of `filled` even if there is nothing. */
  wake(): void {
    this.#wake?.();
  }

  /** Resolves once there is something, or `wake` was called. */
  async filled(): Promise<void> {
    if (this.isEmpty) await new Promise<void>((wake) => (this.#wake = wake));
    this.#wake = undefined;
  }

  take(): Mail {
    const mail = { changed: [...this.#changed].sort(), command: this.#command };
    this.#changed.clear();
    this.#command = undefined;
    return mail;
  }
}
