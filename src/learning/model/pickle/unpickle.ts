import { CONVERT, damaged } from './damaged.js';
import { findGlobal, type PickleGlobal } from './globals.js';
import { PickleReader } from './pickle-reader.js';

/** Far more steps than any state dict takes; limits how much memory a pickle can fill. */
const MAX_STEPS = 2 ** 20;

/** Marks where the items of a list, tuple or dict begin on the stack. */
const MARK = Symbol('mark');

/**
 * Reads one pickle (protocol 2 to 5; https://github.com/python/cpython/blob/main/Lib/pickletools.py) as far
 * as a PyTorch state dict needs it: dicts as Maps, lists and tuples as arrays, and tensors. It is read as
 * data, not run as a program: a name (GLOBAL) is looked up in the list of `globals.ts` and refused if it is
 * not there, and no instruction can do anything but assemble such values.
 *
 * @param persistent Returns the value of a persistent id: in a checkpoint, the storage of a tensor.
 * @returns The value, and where the pickle ends.
 * @throws EtudeError if anything is damaged, unknown or not on the list.
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  persistent: (id: unknown) => unknown,
  file: string,
): { value: unknown; end: number } {
  const reader = new PickleReader(bytes, start, file);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();

  const pop = (): unknown => {
    if (stack.length === 0 || stack.at(-1) === MARK)
      throw damaged(file, 'the pickle pops from an empty stack');
    return stack.pop();
  };
  const popToMark = (): unknown[] => {
    const at = stack.lastIndexOf(MARK);
    if (at < 0) throw damaged(file, 'the pickle pops from an empty stack');
    const items = stack.splice(at);
    return items.slice(1);
  };
  const remembered = (index: number): unknown => {
    if (!memo.has(index)) throw damaged(file, 'the pickle refers to something it has not created');
    return memo.get(index);
  };
  const fill = (items: readonly unknown[]) => {
    const dict = stack.at(-1);
    if (!(dict instanceof Map) || items.length % 2 !== 0)
      throw damaged(file, 'the pickle sets items on something that is not a dict');
    for (let index = 0; index < items.length; index += 2) dict.set(items[index], items[index + 1]);
  };
  const extend = (items: readonly unknown[]) => {
    const list = stack.at(-1);
    if (!Array.isArray(list)) throw damaged(file, 'the pickle appends to something that is not a list');
    for (const item of items) list.push(item);
  };
  const lookUp = (module: string, name: string): PickleGlobal => {
    const found = findGlobal(module, name);
    if (found !== undefined) return found;
    throw damaged(file, `the pickle names '${module}.${name}', which is not part of a checkpoint`, {
      expected: 'tensors only',
      hint: `None of it was run. ${CONVERT}`,
    });
  };

  for (let step = 0; step < MAX_STEPS; step += 1) {
    const opcode = reader.byte();
    switch (opcode) {
      case 0x80: // PROTO
        reader.protocol();
        break;
      case 0x95: // FRAME
        reader.skip(8);
        break;
      case 0x2e: // STOP
        return { value: pop(), end: reader.position };
      case 0x28: // MARK
        stack.push(MARK);
        break;
      case 0x30: // POP
        if (stack.at(-1) === MARK) stack.pop();
        else pop();
        break;
      case 0x31: // POP_MARK
        popToMark();
        break;
      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(opcode === 0x88);
        break;
      case 0x4b: // BININT1
        stack.push(reader.byte());
        break;
      case 0x4d: // BININT2
        stack.push(reader.uint16());
        break;
      case 0x4a: // BININT
        stack.push(reader.int32());
        break;
      case 0x8a: // LONG1
        stack.push(reader.integer(reader.byte()));
        break;
      case 0x47: // BINFLOAT
        stack.push(reader.float64());
        break;
      case 0x58: // BINUNICODE
        stack.push(reader.text(reader.uint32()));
        break;
      case 0x8c: // SHORT_BINUNICODE
        stack.push(reader.text(reader.byte()));
        break;
      case 0x54: // BINSTRING: text of Python 2
        stack.push(reader.text(reader.uint32()));
        break;
      case 0x55: // SHORT_BINSTRING
        stack.push(reader.text(reader.byte()));
        break;
      case 0x42: // BINBYTES
        stack.push(reader.take(reader.uint32()));
        break;
      case 0x43: // SHORT_BINBYTES
        stack.push(reader.take(reader.byte()));
        break;
      case 0x7d: // EMPTY_DICT
        stack.push(new Map());
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push([]);
        break;
      case 0x85: // TUPLE1
        stack.push([pop()]);
        break;
      case 0x86: // TUPLE2
        stack.push([pop(), pop()].reverse());
        break;
      case 0x87: // TUPLE3
        stack.push([pop(), pop(), pop()].reverse());
        break;
      case 0x74: // TUPLE
        stack.push(popToMark());
        break;
      case 0x61: // APPEND
        extend([pop()]);
        break;
      case 0x65: // APPENDS
        extend(popToMark());
        break;
      case 0x73: // SETITEM
        fill([pop(), pop()].reverse());
        break;
      case 0x75: // SETITEMS
        fill(popToMark());
        break;
      case 0x71: // BINPUT
        memo.set(reader.byte(), stack.at(-1));
        break;
      case 0x72: // LONG_BINPUT
        memo.set(reader.uint32(), stack.at(-1));
        break;
      case 0x94: // MEMOIZE
        memo.set(memo.size, stack.at(-1));
        break;
      case 0x68: // BINGET
        stack.push(remembered(reader.byte()));
        break;
      case 0x6a: // LONG_BINGET
        stack.push(remembered(reader.uint32()));
        break;
      case 0x63: // GLOBAL
        stack.push(lookUp(reader.line(), reader.line()));
        break;
      case 0x93: {
        // STACK_GLOBAL
        const [name, module] = [pop(), pop()];
        stack.push(lookUp(String(module), String(name)));
        break;
      }
      case 0x52: {
        // REDUCE
        const [args, callee] = [pop(), pop()];
        if (typeof callee !== 'object' || callee === null || !('call' in callee) || !Array.isArray(args))
          throw damaged(file, 'the pickle calls something that is not a function');
        stack.push((callee as Extract<PickleGlobal, { call: unknown }>).call(args, file));
        break;
      }
      case 0x62: {
        // BUILD: attributes of the state dict, such as _metadata, say nothing about its tensors.
        pop();
        if (!(stack.at(-1) instanceof Map))
          throw damaged(file, 'the pickle sets attributes on something that is not a dict');
        break;
      }
      case 0x51: // BINPERSID
        stack.push(persistent(pop()));
        break;
      default:
        throw damaged(file, 'the pickle has an opcode that no checkpoint needs', {
          got: `opcode 0x${opcode.toString(16).padStart(2, '0')}`,
          hint: `None of it was run. ${CONVERT}`,
        });
    }
  }
  throw damaged(file, 'the pickle is far too long for a checkpoint');
}
