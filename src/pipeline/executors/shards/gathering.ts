/**
 * Jobs of one stage that are about to be submitted: those that are submitted together wait for all of them.
 */
export class Gathering {
  #expected = 0;
  #waiting: (() => void)[] = [];

  /** Another one is to come. The function that is returned says that it has come, or will not. */
  expect(): () => void {
    this.#expected++;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#expected--;
      if (this.#expected > 0) return;
      for (const go of this.#waiting.splice(0)) go();
    };
  }

  /** Resolves once no more are to come. */
  async complete(): Promise<void> {
    if (this.#expected > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
