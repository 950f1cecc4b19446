import { OUTPUT } from './graph.js';
import type { ElementType, Value } from './value.js';

/** What one run computes: the part of the recorded program that its outputs need. */
export interface Plan {
  /** The nodes to run, in order. `node.index` is the index in this list. */
  readonly nodes: readonly Value[];
  /**
   * Materialised values that the graph gets as inputs, in order of first use. `input.index` is `-1 - place`.
   */
  readonly inputs: readonly Value[];
  /** Constants that the nodes use. */
  readonly constants: readonly Value[];
  readonly outputs: readonly Value[];
  /** Whether the outputs are written into arrays given with each run; see `in-place.ts`. */
  readonly inPlace: boolean;
  /** The structure: two plans with equal signatures are the same graph. */
  readonly signature: Int32Array;
  readonly hash: number;
}

const typeCode: Readonly<Record<ElementType, number>> = { float32: 1, int32: 2, bool: 3, int64: 4 };
const opCodes = new Map<string, number>();

/** Larger than any of these codes are the numbers of values, which makes signatures unambiguous. */
const CONSTANT = -1;
const NEW_INPUT = -2;

let marks = 0;
let scratch = new Int32Array(1 << 14);

/** Finds what `outputs` need among the recorded `nodes` and describes it. */
export function makePlan(recorded: readonly Value[], outputs: readonly Value[], inPlace = false): Plan {
  const mark = ++marks;
  for (const output of outputs) output.mark = mark;
  const needed: Value[] = [];
  for (let i = recorded.length - 1; i >= 0; i--) {
    const node = recorded[i]!;
    if (node.mark !== mark || node.op === null) continue;
    needed.push(node);
    for (const input of node.inputs) if (input.op !== null) input.mark = mark;
  }
  needed.reverse();
  return describe(needed, outputs, inPlace, ++marks);
}

function describe(nodes: readonly Value[], outputs: readonly Value[], inPlace: boolean, mark: number): Plan {
  const inputs: Value[] = [];
  const constants: Value[] = [];
  let length = 0;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!;
    // A node takes 3 integers, and an input at most 3 and its rank.
    length = reserve(length, 3 + node.inputs.length * 12);
    scratch[length++] = codeOf(node.op!);
    scratch[length++] = node.attributes === null ? 0 : node.attributes.id;
    scratch[length++] = node.inputs.length;
    for (const input of node.inputs) {
      if (input.constant !== null) {
        if (input.mark !== mark) {
          input.mark = mark;
          constants.push(input);
        }
        scratch[length++] = CONSTANT;
        scratch[length++] = input.constant.id;
      } else if (input.op === null && input.mark !== mark) {
        input.mark = mark;
        input.index = -1 - inputs.length;
        inputs.push(input);
        scratch[length++] = NEW_INPUT;
        scratch[length++] = typeCode[input.dtype];
        scratch[length++] = input.shape.length;
        for (const dimension of input.shape) scratch[length++] = dimension;
      } else {
        // An input seen before (-3, -4, …) or a node (0, 1, …).
        scratch[length++] = input.index < 0 ? input.index - 2 : input.index;
      }
    }
    node.mark = mark;
    node.index = i;
  }
  length = reserve(length, outputs.length + 1);
  for (const output of outputs) scratch[length++] = output.index;
  scratch[length++] = Number(inPlace);
  const signature = scratch.slice(0, length);
  return { nodes, inputs, constants, outputs, inPlace, signature, hash: hashOf(signature) };
}

function codeOf(op: string): number {
  let code = opCodes.get(op);
  if (code === undefined) {
    code = opCodes.size;
    opCodes.set(op, code);
  }
  return code;
}

function reserve(length: number, extra: number): number {
  if (length + extra > scratch.length) {
    const grown = new Int32Array(Math.max(length + extra, scratch.length * 2));
    grown.set(scratch.subarray(0, length));
    scratch = grown;
  }
  return length;
}

/** FNV-1a over the integers. Equal hashes are then compared in full. */
function hashOf(signature: Int32Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < signature.length; i++) hash = Math.imul(hash ^ signature[i]!, 0x01000193);
  return hash ^ signature.length;
}

/** Whether two signatures are equal. */
export function sameSignature(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Whether a node is only a name for an extra output of another node. */
export function isExtraOutput(node: Value): boolean {
  return node.op === OUTPUT;
}
