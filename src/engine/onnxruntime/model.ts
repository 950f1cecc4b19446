import { attributeProto } from './attribute-proto.js';
import { type Block, GATE, unitsOf } from './gates.js';
import { onnxType } from './graph.js';
import { isExtraOutput, type Plan } from './graph-plan.js';
import { ProtobufWriter } from './protobuf.js';
import type { Value } from './value.js';

/*
 * Field numbers are those of onnx.proto3:
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */
const IR_VERSION = 9;
const OPSET = 20;

/** The name of a plan's input number `place`. */
export function inputName(place: number): string {
  return `i${place}`;
}

/** The name of the value that node number `index` produces. */
export function nodeName(index: number): string {
  return `n${index}`;
}

/** The name of the output that ends an in-place run; see `in-place.ts`. */
export const UNREADABLE = 'unreadable';

/** Writes a plan as an ONNX model (a `ModelProto`). */
export function writeModel(plan: Plan): Uint8Array {
  const graph = new ProtobufWriter(1 << 16);
  const extraOutputs = findExtraOutputs(plan.nodes);
  const gates = new Set<Value>();
  for (const unit of unitsOf(plan)) {
    if (!('nodes' in unit)) writeNode(graph, unit, extraOutputs);
    else {
      if (!gates.has(unit.gate)) graph.message(1, openProto(unit.gate));
      gates.add(unit.gate);
      graph.message(1, ifProto(unit, extraOutputs));
    }
  }
  graph.string(2, 'recorded');
  for (const constant of plan.constants) graph.message(5, tensorProto(constant));
  plan.inputs.forEach((input, place) => {
    graph.message(11, valueInfoProto(inputName(place), input));
  });
  if (plan.inPlace) {
    graph.message(1, new ProtobufWriter(64).string(2, UNREADABLE).string(4, 'SequenceEmpty'));
    graph.message(12, sequenceInfoProto(UNREADABLE));
  }
  for (const output of plan.outputs) graph.message(12, valueInfoProto(nodeName(output.index), output));

  const model = new ProtobufWriter(1 << 16);
  model.int(1, IR_VERSION).message(7, graph);
  model.message(8, new ProtobufWriter().string(1, '').int(2, OPSET));
  model.message(8, new ProtobufWriter().string(1, 'com.microsoft').int(2, 1));
  return model.finish();
}

function nameOf(value: Value): string {
  if (value.constant) return `c${value.constant.id}`;
  return value.index < 0 ? inputName(-1 - value.index) : nodeName(value.index);
}

/** For each node with more than one used output: those by output number. */
function findExtraOutputs(nodes: readonly Value[]): Map<Value, Value[]> {
  const found = new Map<Value, Value[]>();
  for (const node of nodes) {
    if (!isExtraOutput(node)) continue;
    const producer = node.inputs[0]!;
    const number = node.attributes!.entries[0]![1] as number;
    const names = found.get(producer) ?? [];
    names[number] = node;
    found.set(producer, names);
  }
  return found;
}

/**
 * Extra outputs are written with their node.
 *
 * @param gate The operation of gates.
 */
function writeNode(
  graph: ProtobufWriter,
  node: Value,
  extraOutputs: ReadonlyMap<Value, Value[]>,
  nameIn = nameOf,
  gate = 'Mul',
): void {
  if (isExtraOutput(node)) return;
  const proto = new ProtobufWriter();
  const inputs = node.op === GATE && gate === 'Identity' ? node.inputs.slice(0, 1) : node.inputs;
  for (const input of inputs) proto.string(1, nameIn(input));
  proto.string(2, nameIn(node));
  // An unused output in the middle is written as an empty name.
  const names = extraOutputs.get(node) ?? [];
  for (let i = 1; i < names.length; i++) {
    const output = names[i];
    proto.string(2, output === undefined ? '' : nameIn(output));
  }
  const op = node.op === GATE ? gate : node.op!;
  const inMicrosoftDomain = op.startsWith('ms.');
  proto.string(4, inMicrosoftDomain ? op.slice(3) : op);
  for (const [name, value] of node.attributes?.entries ?? []) proto.message(5, attributeProto(name, value));
  if (inMicrosoftDomain) proto.string(7, 'com.microsoft');
  graph.message(1, proto);
}

function tensorProto(value: Value): ProtobufWriter {
  const { id, bytes } = value.constant!;
  const proto = new ProtobufWriter(bytes.length + 64);
  for (const dimension of value.shape) proto.int(1, dimension);
  return proto.int(2, onnxType[value.dtype]).string(8, `c${id}`).raw(9, bytes);
}

function valueInfoProto(name: string, value: Pick<Value, 'shape' | 'dtype'>): ProtobufWriter {
  const shape = new ProtobufWriter(64);
  for (const dimension of value.shape) shape.message(1, new ProtobufWriter(16).int(1, dimension));
  const tensorType = new ProtobufWriter(96).int(1, onnxType[value.dtype]).message(2, shape);
  return new ProtobufWriter(128).string(1, name).message(2, new ProtobufWriter(112).message(1, tensorType));
}

function openName(gate: Value): string {
  return `open-${nameOf(gate)}`;
}

/** Whether a gate is open. */
function openProto(gate: Value): ProtobufWriter {
  const node = new ProtobufWriter().string(1, nameOf(gate)).string(2, openName(gate)).string(4, 'Cast');
  return node.message(5, attributeProto('to', onnxType.bool));
}

/** `If` the gate is open, the block's nodes; otherwise zeros, and nothing for what is not used then. */
function ifProto(block: Block, extraOutputs: ReadonlyMap<Value, Value[]>): ProtobufWriter {
  const own = new Set(block.nodes);
  // The names of a branch must differ from those around it.
  const inBranch = (value: Value) => (own.has(value) ? `then-${nameOf(value)}` : nameOf(value));
  const computed = new ProtobufWriter(1 << 14).string(2, 'open');
  for (const node of block.nodes) {
    // A product with 1 is left out.
    const isOpen = node.op === GATE && node.inputs[1] === block.gate;
    writeNode(computed, node, extraOutputs, inBranch, isOpen ? 'Identity' : 'Mul');
  }
  const closed = new ProtobufWriter(1 << 10).string(2, 'closed');
  const node = new ProtobufWriter(1 << 15).string(1, openName(block.gate));
  for (const output of block.outputs) {
    const shape = block.zeros.has(output) ? output.shape : output.shape.map(() => 0);
    writeZeros(closed, block.gate, `else-${nameOf(output)}`, { shape, dtype: output.dtype });
    node.string(2, nameOf(output));
    computed.message(12, valueInfoProto(`then-${nameOf(output)}`, output));
    closed.message(12, valueInfoProto(`else-${nameOf(output)}`, { shape, dtype: output.dtype }));
  }
  node.string(4, 'If');
  return node
    .message(5, graphAttribute('then_branch', computed))
    .message(5, graphAttribute('else_branch', closed));
}

/** Zeros, made of a gate that is 0, so that ONNX Runtime does not keep them as constants. */
function writeZeros(
  graph: ProtobufWriter,
  gate: Value,
  name: string,
  { shape, dtype }: Pick<Value, 'shape' | 'dtype'>,
): void {
  const sizes = BigInt64Array.from(shape, BigInt);
  const tensor = new ProtobufWriter(64).int(1, shape.length).int(2, onnxType.int64);
  tensor.string(8, `${name}-shape`).raw(9, new Uint8Array(sizes.buffer));
  graph.message(5, tensor);
  const cast = new ProtobufWriter().string(1, nameOf(gate)).string(2, `${name}-0`).string(4, 'Cast');
  graph.message(1, cast.message(5, attributeProto('to', onnxType[dtype])));
  const expand = new ProtobufWriter().string(1, `${name}-0`).string(1, `${name}-shape`).string(2, name);
  graph.message(1, expand.string(4, 'Expand'));
}

function graphAttribute(name: string, graph: ProtobufWriter): ProtobufWriter {
  return new ProtobufWriter(1 << 14).string(1, name).message(6, graph).int(20, 5);
}

/** A sequence of float tensors. */
function sequenceInfoProto(name: string): ProtobufWriter {
  const tensor = new ProtobufWriter(16).message(1, new ProtobufWriter(8).int(1, onnxType.float32));
  const sequence = new ProtobufWriter(32).message(4, new ProtobufWriter(24).message(1, tensor));
  return new ProtobufWriter(64).string(1, name).message(2, sequence);
}
