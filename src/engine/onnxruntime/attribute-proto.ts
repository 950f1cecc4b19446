import { ProtobufWriter } from './protobuf.js';
import type { Attribute } from './value.js';

/** Their numbers in ONNX (`AttributeProto.AttributeType`). */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** A node's attribute as an `AttributeProto` of onnx.proto3. */
export function attributeProto(name: string, value: Attribute): ProtobufWriter {
  const proto = new ProtobufWriter(64).string(1, name);
  if (typeof value === 'number') return proto.int(3, value).int(20, ATTRIBUTE.int);
  if (typeof value === 'string') return proto.string(4, value).int(20, ATTRIBUTE.string);
  if ('float' in value) return proto.float(2, value.float).int(20, ATTRIBUTE.float);
  for (const item of value) proto.int(8, item);
  return proto.int(20, ATTRIBUTE.ints);
}
