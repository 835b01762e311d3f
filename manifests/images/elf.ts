import { Buffer } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';

/** What a 64-bit little-endian ELF file asks of its loader. */
export interface Linkage {
  /** Names of the shared libraries that must be found: the DT_NEEDED entries. */
  readonly needed: readonly string[];
  /** Path of the loader (PT_INTERP); absent in libraries and static programs. */
  readonly interpreter?: string;
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const segmentTypes = { load: 1, dynamic: 2, interpreter: 3 } as const;
const dynamicTags = { needed: 1, strings: 5 } as const;

/** Reads `length` bytes at `offset`; fewer at the end of the file. */
export type ReadAt = (offset: number, length: number) => Buffer;

/**
 * Reads what an ELF file links (System V ABI, chapters 4 and 5; both of our architectures are 64-bit little-endian, so
 * one reader serves for files that this machine could not run). Undefined for anything else, scripts for example.
 */
export function readLinkage(readAt: ReadAt): Linkage | undefined {
  const head = readAt(0, 64);
  const isElf64 = head.length === 64 && head.readUInt32BE(0) === 0x7f454c46 && head[4] === 2 && head[5] === 1;
  if (!isElf64) {
    return undefined;
  }
  const segments = readSegments(head, readAt);
  const interpreter = segments.find((segment) => segment.type === segmentTypes.interpreter);
  const dynamic = segments.find((segment) => segment.type === segmentTypes.dynamic);
  return {
    needed: dynamic === undefined ? [] : readNeeded(dynamic, segments, readAt),
    ...(interpreter === undefined ? {} : { interpreter: untilZero(readAt(interpreter.offset, interpreter.size)) }),
  };
}

/** Reads what the ELF file at a path of this machine links. */
export function readLinkageOf(path: string): Linkage | undefined {
  const file = openSync(path, 'r');
  try {
    return readLinkage((offset, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    });
  } finally {
    closeSync(file);
  }
}

function readSegments(head: Buffer, readAt: ReadAt): readonly Segment[] {
  const start = Number(head.readBigUInt64LE(32));
  const entrySize = head.readUInt16LE(54);
  const table = readAt(start, entrySize * head.readUInt16LE(56));
  const segments: Segment[] = [];
  for (let at = 0; at + entrySize <= table.length && entrySize > 0; at += entrySize) {
    segments.push({
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      size: Number(table.readBigUInt64LE(at + 32)),
    });
  }
  return segments;
}

/** Walks the dynamic section; names are offsets into a string table that is given by its address in memory. */
function readNeeded(dynamic: Segment, segments: readonly Segment[], readAt: ReadAt): readonly string[] {
  const section = readAt(dynamic.offset, dynamic.size);
  const offsets: number[] = [];
  let strings: number | undefined;
  for (let at = 0; at + 16 <= section.length; at += 16) {
    const tag = Number(section.readBigUInt64LE(at));
    const value = Number(section.readBigUInt64LE(at + 8));
    if (tag === dynamicTags.needed) {
      offsets.push(value);
    } else if (tag === dynamicTags.strings) {
      strings = value;
    }
  }
  const holder = segments.find(
    (segment) =>
      segment.type === segmentTypes.load &&
      strings !== undefined &&
      strings >= segment.address &&
      strings < segment.address + segment.size,
  );
  if (holder === undefined || strings === undefined) {
    return [];
  }
  const start = strings - holder.address + holder.offset;
  return offsets.map((offset) => untilZero(readAt(start + offset, 256)));
}

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end);
}
