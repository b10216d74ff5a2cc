import { InvalidInputError, show } from "../../errors.ts";
import { type FieldLayout, type Int64, type MessageLayout, wireType } from "./layout.ts";

/**
 * Writes one message. Two passes: the first finds the length of every nested value, the second fills one
 * buffer of exactly the right size, so that large tensors are copied once.
 */
export function encodeMessage(layout: MessageLayout, message: object): Uint8Array {
  const lengths: number[] = [];
  const size = measure(layout, message as Record<string, unknown>, lengths);
  const writer = new Writer(size, lengths);
  writer.message(layout, message as Record<string, unknown>);
  return writer.bytes;
}

function measure(layout: MessageLayout, message: Record<string, unknown>, lengths: number[]): number {
  let size = 0;
  for (const one of layout.fields) {
    const value = message[one.name];
    if (value === undefined) continue;
    const tag = one.number < 16 ? 1 : one.number < 2048 ? 2 : 3;
    if (!one.repeated) {
      size += tag + measureValue(one, value, lengths);
      continue;
    }
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) throw misfit(one, "a list", value);
    const list = value as unknown as ArrayLike<unknown>;
    if (list.length === 0) continue;
    if (one.packed) {
      let inner = 0;
      if (one.kind === "float") inner = 4 * list.length;
      else if (one.kind === "double") inner = 8 * list.length;
      else for (let i = 0; i < list.length; i++) inner += wholeSize(one, list[i]);
      lengths.push(inner);
      size += tag + varintSize(inner) + inner;
    } else {
      for (let i = 0; i < list.length; i++) size += tag + measureValue(one, list[i], lengths);
    }
  }
  return size;
}

function measureValue(one: FieldLayout, value: unknown, lengths: number[]): number {
  switch (one.kind) {
    case "float":
    case "double":
      if (typeof value !== "number") throw misfit(one, "a number", value);
      return one.kind === "float" ? 4 : 8;
    case "string":
    case "bytes": {
      if (typeof value !== "string" && !(value instanceof Uint8Array))
        throw misfit(one, "a text or bytes", value);
      const length = typeof value === "string" ? utf8Length(value) : value.length;
      lengths.push(length);
      return varintSize(length) + length;
    }
    case "message": {
      if (typeof value !== "object" || value === null) throw misfit(one, "an object", value);
      const slot = lengths.push(0) - 1;
      const length = measure(one.message!(), value as Record<string, unknown>, lengths);
      lengths[slot] = length;
      return varintSize(length) + length;
    }
    default:
      return wholeSize(one, value);
  }
}

function wholeSize(one: FieldLayout, value: unknown): number {
  if (typeof value !== "bigint" && !Number.isInteger(value)) throw misfit(one, "a whole number", value);
  return varintSize(value as Int64);
}

/** What the second pass relies on is checked in the first: every value is of the kind of its field. */
function misfit({ name }: FieldLayout, expected: string, value: unknown): InvalidInputError {
  return new InvalidInputError("ONNX model", `field ${name}: expected ${expected}, got ${show(value)}`);
}

function varintSize(value: Int64): number {
  // Small whole numbers first: nearly all lengths, tags and attributes are.
  if (typeof value === "number" && value >>> 0 === value && value < 2 ** 28) {
    if (value < 2 ** 7) return 1;
    if (value < 2 ** 14) return 2;
    return value < 2 ** 21 ? 3 : 4;
  }
  if (value < 0) return 10;
  let size = 1;
  for (let rest = BigInt(value); rest >= 128n; rest >>= 7n) size++;
  return size;
}

function utf8Length(value: string): number {
  let length = value.length;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) length += 1;
    // A surrogate pair is two units and four bytes; a lone one becomes U+FFFD, three bytes.
    else if (code >= 0xd800 && code < 0xdc00 && (value.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length += 2;
      i++;
    } else length += 2;
  }
  return length;
}

const utf8 = new TextEncoder();

class Writer {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #lengths: readonly number[];
  #at = 0;
  #next = 0;

  constructor(size: number, lengths: readonly number[]) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
    this.#lengths = lengths;
  }

  message(layout: MessageLayout, message: Record<string, unknown>): void {
    for (const one of layout.fields) {
      const value = message[one.name];
      if (value === undefined) continue;
      if (!one.repeated) {
        this.#value(one, value);
        continue;
      }
      const list = value as ArrayLike<unknown>;
      if (list.length === 0) continue;
      if (one.packed) {
        this.#varint(one.number * 8 + 2);
        this.#varint(this.#lengths[this.#next++]!);
        for (let i = 0; i < list.length; i++) this.#number(one.kind, list[i] as Int64);
      } else {
        for (let i = 0; i < list.length; i++) this.#value(one, list[i]);
      }
    }
  }

  #value(one: FieldLayout, value: unknown): void {
    this.#varint(one.number * 8 + wireType(one.kind));
    if (one.kind === "message") {
      this.#varint(this.#lengths[this.#next++]!);
      this.message(one.message!(), value as Record<string, unknown>);
    } else if (one.kind === "string" || one.kind === "bytes") {
      const length = this.#lengths[this.#next++]!;
      this.#varint(length);
      if (typeof value !== "string") this.bytes.set(value as Uint8Array, this.#at);
      else if (length !== value.length || length > 64)
        utf8.encodeInto(value, this.bytes.subarray(this.#at, this.#at + length));
      else for (let i = 0; i < length; i++) this.bytes[this.#at + i] = value.charCodeAt(i);
      this.#at += length;
    } else {
      this.#number(one.kind, value as Int64);
    }
  }

  #number(kind: FieldLayout["kind"], value: Int64): void {
    if (kind === "float") {
      this.#view.setFloat32(this.#at, value as number, true);
      this.#at += 4;
    } else if (kind === "double") {
      this.#view.setFloat64(this.#at, value as number, true);
      this.#at += 8;
    } else this.#varint(value);
  }

  #varint(value: Int64): void {
    if (typeof value === "number" && value >= 0) {
      let rest = value;
      while (rest >= 128) {
        this.bytes[this.#at++] = (rest % 128) | 0x80;
        rest = Math.floor(rest / 128);
      }
      this.bytes[this.#at++] = rest;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 128n) {
      this.bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.#at++] = Number(rest);
  }
}
