import { attributeProto } from './attribute-proto.js';
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
  for (const node of plan.nodes) {
    if (!isExtraOutput(node)) graph.message(1, nodeProto(node, extraOutputs.get(node)));
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

/** For each node with more than one used output: their names by output number. */
function findExtraOutputs(nodes: readonly Value[]): Map<Value, string[]> {
  const found = new Map<Value, string[]>();
  for (const node of nodes) {
    if (!isExtraOutput(node)) continue;
    const producer = node.inputs[0]!;
    const number = node.attributes!.entries[0]![1] as number;
    const names = found.get(producer) ?? [];
    names[number] = nodeName(node.index);
    found.set(producer, names);
  }
  return found;
}

function nodeProto(node: Value, extraOutputs: string[] = []): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const input of node.inputs) proto.string(1, nameOf(input));
  proto.string(2, nodeName(node.index));
  // An unused output in the middle is written as an empty name.
  for (let i = 1; i < extraOutputs.length; i++) proto.string(2, extraOutputs[i] ?? '');
  const op = node.op!;
  const inMicrosoftDomain = op.startsWith('ms.');
  proto.string(4, inMicrosoftDomain ? op.slice(3) : op);
  for (const [name, value] of node.attributes?.entries ?? []) proto.message(5, attributeProto(name, value));
  if (inMicrosoftDomain) proto.string(7, 'com.microsoft');
  return proto;
}

function tensorProto(value: Value): ProtobufWriter {
  const { id, bytes } = value.constant!;
  const proto = new ProtobufWriter(bytes.length + 64);
  for (const dimension of value.shape) proto.int(1, dimension);
  return proto.int(2, onnxType[value.dtype]).string(8, `c${id}`).raw(9, bytes);
}

function valueInfoProto(name: string, value: Value): ProtobufWriter {
  const shape = new ProtobufWriter(64);
  for (const dimension of value.shape) shape.message(1, new ProtobufWriter(16).int(1, dimension));
  const tensorType = new ProtobufWriter(96).int(1, onnxType[value.dtype]).message(2, shape);
  return new ProtobufWriter(128).string(1, name).message(2, new ProtobufWriter(112).message(1, tensorType));
}

/** A sequence of float tensors. */
function sequenceInfoProto(name: string): ProtobufWriter {
  const tensor = new ProtobufWriter(16).message(1, new ProtobufWriter(8).int(1, onnxType.float32));
  const sequence = new ProtobufWriter(32).message(4, new ProtobufWriter(24).message(1, tensor));
  return new ProtobufWriter(64).string(1, name).message(2, sequence);
}
