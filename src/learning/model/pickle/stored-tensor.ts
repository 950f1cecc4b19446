import { count } from '../../../util/words.js';
import type { FloatType } from '../float-types.js';
import { damaged } from './damaged.js';

/** Numbers of one type, as PyTorch stores them. */
export interface StorageType {
  /** Of each number. */
  bytes: number;
  /** Absent for integers and booleans, which are never weights. */
  float?: FloatType;
  /** Of counts. */
  integer?: 'I64';
}

/** A tensor's numbers in the file, which several tensors may share. */
export class Storage {
  constructor(
    readonly key: string,
    readonly type: StorageType,
    /** The count of numbers. */
    readonly size: number,
  ) {}
}

/** A tensor as the pickle describes it: a view of a storage. Its numbers have not been read. */
export class PickledTensor {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** The count of numbers. */
  readonly count: number;
  /** The count of numbers in the storage from the first to the last one in the view, inclusive. */
  readonly reach: number;

  /**
   * @throws EtudeError if the view is not within the storage, or has more numbers than it.
   */
  constructor(
    readonly storage: Storage,
    offset: unknown,
    shape: unknown,
    strides: unknown,
    file: string,
  ) {
    if (!isSize(offset) || !isSizes(shape) || !isSizes(strides) || shape.length !== strides.length)
      throw damaged(file, 'the pickle describes a tensor without a valid offset, shape and strides');
    this.offset = offset;
    // Copies, because the pickle may later change the lists that it made.
    this.shape = [...shape];
    this.strides = [...strides];
    this.count = shape.reduce((product, size) => product * size, 1);
    const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, 0);
    this.reach = this.count === 0 ? 0 : last + 1;
    // A view with a stride of 0 can claim any size, in a file of a few bytes.
    if (!(this.count <= storage.size && offset + this.reach <= storage.size))
      throw damaged(file, 'a tensor is larger than its storage', {
        expected: `at most ${count(storage.size, 'number')}`,
        got: `[${shape}] with strides [${strides}] from number ${offset} on`,
      });
  }

  /** Arranges numbers of the storage, from `offset` on, in row-major order. */
  arrange(numbers: Float32Array): Float32Array {
    if (this.#isRowMajor()) return numbers;
    const { shape, strides } = this;
    const arranged = new Float32Array(this.count);
    const index = new Array<number>(shape.length).fill(0);
    let from = 0;
    for (let to = 0; to < arranged.length; to += 1) {
      arranged[to] = numbers[from]!;
      for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
        from += strides[axis]!;
        index[axis]! += 1;
        if (index[axis]! < shape[axis]!) break;
        from -= shape[axis]! * strides[axis]!;
        index[axis] = 0;
      }
    }
    return arranged;
  }

  #isRowMajor(): boolean {
    let expected = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis -= 1) {
      if (this.shape[axis] !== 1 && this.strides[axis] !== expected) return false;
      expected *= this.shape[axis]!;
    }
    return true;
  }
}

export function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 64 && value.every(isSize);
}
