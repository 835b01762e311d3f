import type { Sorted } from './order.ts';

/** An input as the runtime of one instance parsed it. Addresses mean the same in every instance that has it at `from`. */
export interface Parsed {
  readonly from: number;
  /** All of the memory that it takes, up to where the heap then ends. */
  readonly bytes: Uint8Array;
  readonly value: number;
  /** Where the address of `false` stands, and of `true`: each module has its own of them, outside the input. */
  readonly booleans: readonly [readonly number[], readonly number[]];
  /** Of the value `["parameters"]`, for who adds parameters. */
  readonly path: number;
  /** Its sets and objects that were walked, by their addresses. */
  readonly sorted: Map<number, Sorted>;
}

/**
 * The JSON text of an object that several instances evaluate for, one after the other. The first parses it; the others
 * get a copy of what its runtime made of it, which takes a twentieth of the time. That is the same in all modules of one
 * compiler; of addresses outside itself it has those of booleans alone (`replaceBooleanFunc` of OPA's compiler).
 */
export class Input {
  /** Written one after the other. */
  readonly text: readonly Uint8Array[];
  /** By the address that they begin at. */
  readonly parsed = new Map<number, Parsed>();
  readonly #rooms: Map<number, Uint8Array>;

  /** @param previous an input that is needed no more, whose memory is used again. */
  constructor(text: readonly Uint8Array[], previous?: Input) {
    this.text = text;
    this.#rooms = previous === undefined ? new Map<number, Uint8Array>() : previous.#rooms;
  }

  /** Room for what was parsed. A new one for each input would have garbage collected again and again. */
  room(from: number, sizeBytes: number): Uint8Array {
    const known = this.#rooms.get(from);
    if (known !== undefined && known.length >= sizeBytes) return known.subarray(0, sizeBytes);
    const made = new Uint8Array(Math.ceil(sizeBytes * 1.25));
    if (made.length <= keptRoomBytes) this.#rooms.set(from, made);
    return made.subarray(0, sizeBytes);
  }
}

/** Larger rooms are rare, and are not kept. */
const keptRoomBytes = 1 << 20;
