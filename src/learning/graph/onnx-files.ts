import { attributeProto } from '../../engine/onnxruntime/attribute-proto.js';
import { ProtobufWriter } from '../../engine/onnxruntime/protobuf.js';
import type { Place } from '../model/safetensors.js';
import type { ElementType, Initializer, OnnxGraph, OnnxNode, Port } from './onnx-graph.js';

/*
 * Field numbers are those of onnx.proto3:
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */

/** What ONNX Runtime 1.17 reads, and the first opset with Gelu. */
const IR_VERSION = 9;
const OPSET = 20;
const EXTERNAL = 1;

/** Element types by their numbers in ONNX (`TensorProto.DataType`). */
const TYPE: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** A message of Protocol Buffers has at most 2 GiB. */
const LARGEST = 2 ** 31 - 1;
/** External data can be mapped into memory if it begins at a multiple of this. */
const PAGE = 4096;
/** Tensors of fewer bytes stay in the model's own file, as those do that shape inference reads. */
const SMALL = 1024;

/**
 * A graph as files by name, each in parts to be joined: an ONNX model and, if that would be larger than
 * `largest` bytes, its weights in a file beside it, as ONNX Runtime and transformers.js find them.
 */
export function onnxFiles(graph: OnnxGraph, name: string, largest = LARGEST): Record<string, Uint8Array[]> {
  const whole = modelParts(graph, (initializer) => tensorParts(initializer));
  if (lengthOf(whole) <= largest) return { [name]: whole };
  const location = `${name}_data`;
  const data: Uint8Array[] = [];
  let offset = 0;
  const model = modelParts(graph, (initializer) => {
    const bytes = bytesOf(initializer);
    if (bytes.length < SMALL) return tensorParts(initializer);
    const padding = (PAGE - (offset % PAGE)) % PAGE;
    data.push(new Uint8Array(padding), bytes);
    offset += padding + bytes.length;
    return [externalTensor(initializer, { location, offset: offset - bytes.length, length: bytes.length })];
  });
  return { [name]: model, [location]: data };
}

/**
 * A graph as the bytes of a model whose large tensors are where `locate` says: in a file, named from a folder
 * that a session is opened with.
 */
export function modelBytes(graph: OnnxGraph, locate: (of: Initializer) => Place | undefined): Uint8Array {
  const parts = modelParts(graph, (initializer) => {
    const place = locate(initializer);
    if (place === undefined) return tensorParts(initializer);
    const { file: location, offset, length } = place;
    return [externalTensor(initializer, { location, offset, length })];
  });
  return Buffer.concat(parts);
}

function modelParts(graph: OnnxGraph, tensor: (initializer: Initializer) => Uint8Array[]): Uint8Array[] {
  const head = new ProtobufWriter(1 << 16);
  for (const node of graph.nodes) head.message(1, nodeProto(node));
  head.string(2, 'classifier');
  const weights = [...graph.initializers.values()].flatMap((each) => nested(5, tensor(each)));
  const tail = new ProtobufWriter();
  for (const input of graph.inputs) tail.message(11, portProto(input));
  for (const output of graph.outputs) tail.message(12, portProto(output));

  const model = new ProtobufWriter().int(1, IR_VERSION).string(2, 'etude');
  const opsets = new ProtobufWriter().message(8, new ProtobufWriter().string(1, '').int(2, OPSET));
  if (graph.nodes.some(({ domain }) => domain !== undefined))
    opsets.message(8, new ProtobufWriter().string(1, 'com.microsoft').int(2, 1));
  return [model.finish(), ...nested(7, [head.finish(), ...weights, tail.finish()]), opsets.finish()];
}

/** A message within another one, its bytes not copied. */
function nested(field: number, parts: Uint8Array[]): Uint8Array[] {
  return [new ProtobufWriter(16).start(field, lengthOf(parts)).finish(), ...parts];
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function nodeProto({ name, op, domain, inputs, outputs, attributes }: OnnxNode): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const input of inputs) proto.string(1, input.name);
  for (const output of outputs) proto.string(2, output.name);
  proto.string(3, name).string(4, op);
  for (const [key, value] of Object.entries(attributes)) proto.message(5, attributeProto(key, value));
  if (domain !== undefined) proto.string(7, domain);
  return proto;
}

function tensorProto({ name, type, shape }: Initializer): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const dimension of shape) proto.int(1, dimension);
  return proto.int(2, TYPE[type]).string(8, name);
}

function tensorParts(initializer: Initializer): Uint8Array[] {
  return [tensorProto(initializer).finish(), ...nested(9, [bytesOf(initializer)])];
}

function externalTensor(
  initializer: Initializer,
  place: Readonly<Record<'location' | 'offset' | 'length', string | number>>,
): Uint8Array {
  const proto = tensorProto(initializer);
  for (const [key, value] of Object.entries(place))
    proto.message(13, new ProtobufWriter().string(1, key).string(2, String(value)));
  return proto.int(14, EXTERNAL).finish();
}

function bytesOf({ data }: Initializer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function portProto({ name, type, shape }: Port): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const size of shape) {
    const dimension = new ProtobufWriter(32);
    dimensions.message(1, typeof size === 'number' ? dimension.int(1, size) : dimension.string(2, size));
  }
  const tensor = new ProtobufWriter().int(1, TYPE[type]).message(2, dimensions);
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
