/** An entry of a zip archive, with anything false that the archive should say about it. */
export interface ZipPart {
  name: string;
  data: Uint8Array;
  method?: number;
  flags?: number;
  /** The size in the directory, instead of the data's length. */
  size?: number;
  /** Where the directory says that the entry begins. */
  offset?: number;
}

/** A zip archive of uncompressed entries; with `zip64`, all sizes and offsets are in the 64-bit fields. */
export function zipOf(parts: readonly ZipPart[], { zip64 = false } = {}): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data, method = 0, flags = 0, size = data.length, offset = at } of parts) {
    const label = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(label.length, 26);
    body.push(local, label, Buffer.from(data));
    at += 30 + label.length + data.length;
    const wide = zip64 || size > 0xffffffff || offset > 0xffffffff;
    const extra = Buffer.alloc(wide ? 28 : 0);
    if (wide) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(24, 2);
      for (const [index, value] of [size, size, offset].entries())
        extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
    }
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(flags, 8);
    record.writeUInt16LE(method, 10);
    record.writeUInt32LE(wide ? 0xffffffff : size, 20);
    record.writeUInt32LE(wide ? 0xffffffff : size, 24);
    record.writeUInt16LE(label.length, 28);
    record.writeUInt16LE(extra.length, 30);
    record.writeUInt32LE(wide ? 0xffffffff : offset, 42);
    directory.push(record, label, extra);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([...body, ...directory, ...ending(size, at, parts.length, zip64)]);
}

/** The records at the end of an archive. */
function ending(size: number, begin: number, count: number, zip64: boolean): Buffer[] {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : size, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : begin, 16);
  if (!zip64) return [end];
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(BigInt(begin), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(begin + size), 8);
  locator.writeUInt32LE(1, 16);
  return [record, locator, end];
}
