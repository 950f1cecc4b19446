import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { atEnd } from './clean-up.js';
import { removable } from './temp-folder.js';

/** A file system of its own with little room. It goes when the process ends, at the latest. */
export class SmallDisk {
  readonly #dir: string;
  readonly #callOff: () => void;

  private constructor(dir: string) {
    this.#dir = dir;
    this.#callOff = atEnd(() => this.unmount());
  }

  /**
   * Makes the folder and mounts a file system there; `undefined` where one may not.
   *
   * @param options of tmpfs: `size=1m`, `nr_inodes=10`
   */
  static mount(dir: string, options: string): SmallDisk | undefined {
    mkdirSync(dir, { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', dir], { stdio: 'ignore' });
    } catch {
      return undefined;
    }
    return new SmallDisk(dir);
  }

  /** Makes room. */
  resize(options: string): void {
    execFileSync('mount', ['-o', `remount,${options}`, this.#dir], { stdio: 'ignore' });
  }

  used(): { bytes: number; inodes: number } {
    const { bsize, blocks, bfree, files, ffree } = statfsSync(this.#dir);
    return { bytes: (blocks - bfree) * bsize, inodes: files - ffree };
  }

  unmount(): void {
    this.#callOff();
    // Lazily: what a failed test still has open must not keep it.
    execFileSync('umount', ['-l', this.#dir], { stdio: 'ignore' });
  }
}

/** Does `work` in a small file system, which goes at once; skips the test where one may not mount. */
export async function onSmallDisk(
  t: TestContext,
  options: string,
  work: (dir: string) => unknown,
): Promise<void> {
  const { dir, remove } = removable('small');
  const disk = SmallDisk.mount(dir, options);
  try {
    if (disk === undefined) t.skip('may not mount a small file system');
    else await work(dir);
  } finally {
    disk?.unmount();
    remove();
  }
}
