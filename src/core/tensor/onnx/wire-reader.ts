import { InvalidInputError } from "../../errors.ts";
import {
  type FieldLayout,
  type Int64,
  isNumeric,
  type MessageLayout,
  type NumberArray,
  type NumberArrayConstructor,
  none,
  type ScalarKind,
  wireType,
} from "./layout.ts";

/** Protobuf's own default limit. */
const deepestNesting = 100;
/** Bounds the memory that a file made of empty messages can claim. */
const mostMessages = 4_000_000;

const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads one message of the given layout from the whole of `bytes`. Trusts nothing: every length is compared
 * with the bytes that are there before anything is allocated, nesting is bounded, and a malformed byte ends in
 * InvalidInputError. Unknown fields are skipped, as protobuf demands. O(bytes).
 */
export function decodeMessage(layout: MessageLayout, bytes: Uint8Array): Record<string, unknown> {
  return new Reader(bytes).message(layout, bytes.length, { ...layout.empty }, 0);
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  /** Upper and lower half of the last varint. */
  #high = 0;
  #low = 0;
  #messages = 0;

  constructor(bytes: Uint8Array) {
    // A plain view: the methods of a Node Buffer differ, and so would those of the views handed out.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #fail(problem: string): never {
    throw new InvalidInputError(`byte ${this.#at}`, problem);
  }

  message(
    layout: MessageLayout,
    end: number,
    result: Record<string, unknown>,
    depth: number,
  ): Record<string, unknown> {
    if (depth > deepestNesting) this.#fail(`messages are nested deeper than ${deepestNesting}`);
    if (++this.#messages > mostMessages) this.#fail(`more than ${mostMessages} messages in one file`);
    let growing: Map<string, Growing> | undefined;
    while (this.#at < end) {
      this.#varint(end);
      const type = this.#low & 7;
      const number = this.#high * 2 ** 29 + (this.#low >>> 3);
      if (number < 1 || number >= 2 ** 29) this.#fail(`field number ${number} in ${layout.name}`);
      const known = layout.byNumber[number];
      if (known === undefined) {
        this.#skip(type, number, end, layout);
      } else if (known.array !== undefined) {
        growing ??= new Map();
        const list = growing.get(known.name) ?? new Growing(known.array);
        growing.set(known.name, list);
        this.#numbers(known, type, end, list, layout);
      } else if (known.repeated) {
        if (result[known.name] === none) result[known.name] = [];
        const list = result[known.name] as unknown[];
        if (type === 2 && isNumeric(known.kind)) {
          const stop = this.#length(end);
          while (this.#at < stop)
            list.push(this.#scalar(known.kind, wireType(known.kind), stop, layout, known));
        } else if (known.message !== undefined) {
          list.push(this.#nested(known.message(), type, end, undefined, depth, layout, known));
        } else {
          list.push(this.#scalar(known.kind, type, end, layout, known));
        }
      } else if (known.message !== undefined) {
        // A singular message that occurs twice is merged, not replaced.
        const before = result[known.name] as Record<string, unknown> | undefined;
        result[known.name] = this.#nested(known.message(), type, end, before, depth, layout, known);
      } else {
        result[known.name] = this.#scalar(known.kind, type, end, layout, known);
      }
    }
    if (growing !== undefined) for (const [name, list] of growing) result[name] = list.finish();
    return result;
  }

  #nested(
    inner: MessageLayout,
    type: number,
    end: number,
    before: Record<string, unknown> | undefined,
    depth: number,
    layout: MessageLayout,
    known: FieldLayout,
  ): Record<string, unknown> {
    if (type !== 2) this.#fail(`wire type ${type} for ${layout.name}.${known.name}, expected a message`);
    const stop = this.#length(end);
    return this.message(inner, stop, before ?? { ...inner.empty }, depth + 1);
  }

  #numbers(known: FieldLayout, type: number, end: number, list: Growing, layout: MessageLayout): void {
    const kind = known.kind as ScalarKind;
    if (type !== 2) {
      list.reserve(1);
      list.push(this.#scalar(kind, type, end, layout, known) as Int64);
      return;
    }
    const stop = this.#length(end);
    if (kind === "float" || kind === "double") {
      const width = kind === "float" ? 4 : 8;
      if ((stop - this.#at) % width !== 0)
        this.#fail(`${layout.name}.${known.name} holds ${stop - this.#at} bytes, not a multiple of ${width}`);
      list.reserve((stop - this.#at) / width);
    } else {
      let count = 0;
      for (let i = this.#at; i < stop; i++) if (this.#bytes[i]! < 0x80) count++;
      list.reserve(count);
    }
    const inner = wireType(kind);
    while (this.#at < stop) list.push(this.#scalar(kind, inner, stop, layout, known) as Int64);
  }

  #scalar(
    kind: FieldLayout["kind"],
    type: number,
    end: number,
    layout: MessageLayout,
    known: FieldLayout,
  ): unknown {
    if (type !== wireType(kind))
      this.#fail(`wire type ${type} for ${layout.name}.${known.name}, expected ${wireType(kind)}`);
    switch (kind) {
      case "int32":
        this.#varint(end);
        return this.#low | 0;
      case "int64": {
        this.#varint(end);
        const value = (this.#high | 0) * 2 ** 32 + this.#low;
        if (Number.isSafeInteger(value)) return value;
        return (BigInt(this.#high | 0) << 32n) + BigInt(this.#low);
      }
      case "uint64": {
        this.#varint(end);
        const value = this.#high * 2 ** 32 + this.#low;
        if (Number.isSafeInteger(value)) return value;
        return (BigInt(this.#high) << 32n) + BigInt(this.#low);
      }
      case "float": {
        this.#need(4, end);
        const value = this.#view.getFloat32(this.#at, true);
        this.#at += 4;
        return value;
      }
      case "double": {
        this.#need(8, end);
        const value = this.#view.getFloat64(this.#at, true);
        this.#at += 8;
        return value;
      }
      case "string": {
        const stop = this.#length(end);
        const value = this.#text(stop, layout, known);
        this.#at = stop;
        return value;
      }
      default: {
        const stop = this.#length(end);
        const value = this.#bytes.subarray(this.#at, stop);
        this.#at = stop;
        return value;
      }
    }
  }

  #text(stop: number, layout: MessageLayout, known: FieldLayout): string {
    const bytes = this.#bytes;
    if (stop - this.#at <= 24) {
      let value = "";
      let i = this.#at;
      for (; i < stop && bytes[i]! < 0x80; i++) value += String.fromCharCode(bytes[i]!);
      if (i === stop) return value;
    }
    try {
      return text.decode(bytes.subarray(this.#at, stop));
    } catch {
      return this.#fail(`${layout.name}.${known.name} is not UTF-8`);
    }
  }

  /** Reads a varint of at most 64 bits into `#high` and `#low`. */
  #varint(end: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    if (at >= end) this.#fail("ends inside a number");
    let byte = bytes[at++]!;
    let low = byte & 0x7f;
    let high = 0;
    let shift = 7;
    while (byte >= 0x80) {
      if (at >= end) this.#fail("ends inside a number");
      byte = bytes[at++]!;
      if (shift < 28) low |= (byte & 0x7f) << shift;
      else if (shift === 28) {
        low |= (byte & 0x0f) << 28;
        high = (byte & 0x7f) >>> 4;
      } else if (shift < 63) high |= (byte & 0x7f) << (shift - 32);
      else if (byte > 1) this.#fail("a number of more than 64 bits");
      else high |= byte << 31;
      shift += 7;
    }
    this.#at = at;
    this.#low = low >>> 0;
    this.#high = high >>> 0;
  }

  /** Reads a length and returns the position where the value ends. */
  #length(end: number): number {
    this.#varint(end);
    const length = this.#high * 2 ** 32 + this.#low;
    if (length > end - this.#at)
      this.#fail(`a value of ${length} bytes, but only ${end - this.#at} bytes are left`);
    return this.#at + length;
  }

  #need(count: number, end: number): void {
    if (end - this.#at < count) this.#fail("ends inside a number");
  }

  /** Skips one unknown field; groups (wire types 3 and 4) up to their matching end. */
  #skip(type: number, number: number, end: number, layout: MessageLayout): void {
    const open: number[] = [];
    for (let wire = type, id = number; ; ) {
      if (wire === 0) this.#varint(end);
      else if (wire === 1) {
        this.#need(8, end);
        this.#at += 8;
      } else if (wire === 2) this.#at = this.#length(end);
      else if (wire === 5) {
        this.#need(4, end);
        this.#at += 4;
      } else if (wire === 3) {
        if (open.push(id) > deepestNesting) this.#fail(`groups are nested deeper than ${deepestNesting}`);
      } else if (wire !== 4 || open.pop() !== id) {
        this.#fail(`wire type ${wire} for unknown field ${id} of ${layout.name}`);
      }
      if (open.length === 0) return;
      this.#varint(end);
      wire = this.#low & 7;
      id = this.#high * 2 ** 29 + (this.#low >>> 3);
    }
  }
}

/** A typed array that grows by doubling, so that a file of many short chunks stays linear. */
class Growing {
  #data: NumberArray;
  #length = 0;
  readonly #wide: boolean;

  constructor(array: NumberArrayConstructor) {
    this.#data = new array(0);
    this.#wide = array === BigInt64Array || array === BigUint64Array;
  }

  reserve(count: number): void {
    const wanted = this.#length + count;
    if (wanted <= this.#data.length) return;
    const array = this.#data.constructor as new (length: number) => NumberArray;
    const grown = new array(Math.max(wanted, this.#length === 0 ? 0 : 2 * this.#data.length));
    (grown as Float32Array).set(this.#data as Float32Array);
    this.#data = grown;
  }

  push(value: Int64): void {
    (this.#data as { [index: number]: Int64 })[this.#length++] = this.#wide ? BigInt(value) : value;
  }

  finish(): NumberArray {
    return this.#length === this.#data.length ? this.#data : this.#data.slice(0, this.#length);
  }
}
