import { InvalidInputError, show } from "../../errors.ts";

/**
 * The form in which inputs and outputs of tasks travel through Redis. A frame is the bytes "OCK1", the length
 * of a header as 32 bits (little endian), the header in JSON, and the contents of arrays ("segments"), each at
 * a multiple of 8 bytes. Large segments are kept apart and named in the header by their hash, so that what
 * many inputs share travels once.
 *
 * The header holds the value as JSON in which every object is tagged: `{ "o": { ... } }` an object,
 * `{ "t": "Float64Array", "at": 0 }` an array with the contents of segment 0, and so on. Nothing in a frame
 * can name code. Everything is checked on arrival.
 */
const magic = 0x314b434f;
const headerStart = 8;

/** Containers within containers beyond this depth are refused; so is a value that contains itself. */
const deepest = 64;

/** A value taken apart: a tree of JSON, and the memory of its arrays. */
export interface Parts {
  readonly tree: unknown;
  readonly segments: readonly Uint8Array[];
}

/** An entry of a frame's table of segments. */
interface SegmentEntry {
  readonly bytes: number;
  /** Names a segment that is not in the frame. */
  readonly hash?: string;
}

interface Header {
  readonly value: unknown;
  readonly segments: readonly SegmentEntry[];
}

type TypedArrayConstructor = new (buffer: ArrayBufferLike) => ArrayBufferView;

const typedArrays = new Map(
  [
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
    "Float16Array",
    "Float32Array",
    "Float64Array",
    "BigInt64Array",
    "BigUint64Array",
  ].flatMap((name) => {
    const type = (globalThis as unknown as Record<string, TypedArrayConstructor | undefined>)[name];
    return type === undefined ? [] : [[name, type] as const];
  }),
);

const specialNumbers = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);

/** Takes a value apart, without a copy of its arrays. Refuses what is not plain data, naming where it is. */
export function takeApart(argument: string, value: unknown): Parts {
  const segments: Uint8Array[] = [];
  const segment = (buffer: ArrayBufferLike, offset: number, length: number): Record<string, unknown> => {
    segments.push(new Uint8Array(buffer, offset, length));
    return { at: segments.length - 1, ...(buffer instanceof ArrayBuffer ? {} : { shared: true }) };
  };
  const treeOf = (path: string, value: unknown, depth: number): unknown => {
    if (depth > deepest)
      throw new InvalidInputError(path, `is nested more than ${deepest} deep, or contains itself`);
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (value === undefined) return { u: true };
    if (typeof value === "bigint") return { i: String(value) };
    if (typeof value === "number")
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { n: Object.is(value, -0) ? "-0" : String(value) };
    if (Array.isArray(value)) return Array.from(value, (item, i) => treeOf(`${path}[${i}]`, item, depth + 1));
    if (typeof value === "object") {
      if (value instanceof ArrayBuffer || isSharedBuffer(value))
        return { b: true, ...segment(value, 0, value.byteLength) };
      if (ArrayBuffer.isView(value)) {
        const name = (value as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag];
        if (typedArrays.has(name))
          return { t: name, ...segment(value.buffer, value.byteOffset, value.byteLength) };
      } else {
        const prototype = Object.getPrototypeOf(value) as unknown;
        if (prototype === Object.prototype || prototype === null)
          return {
            o: Object.fromEntries(
              Object.entries(value).map(([key, item]) => [key, treeOf(`${path}.${key}`, item, depth + 1)]),
            ),
          };
      }
    }
    const kind = typeof value === "object" ? `an instance of ${value.constructor.name}` : show(value);
    throw new InvalidInputError(path, `expected plain data and typed arrays, got ${kind}`);
  };
  const tree = treeOf(argument, value, 0);
  return { tree, segments };
}

function isSharedBuffer(value: unknown): value is SharedArrayBuffer {
  return typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer;
}

/** Whether any array of a value lies in shared memory, WebAssembly's included. */
export function hasSharedMemory(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null || depth > deepest) return false;
  if (ArrayBuffer.isView(value)) return isSharedBuffer(value.buffer);
  if (isSharedBuffer(value)) return true;
  if (typeof WebAssembly !== "undefined" && value instanceof WebAssembly.Memory)
    return isSharedBuffer(value.buffer);
  return Object.values(value).some((item) => hasSharedMemory(item, depth + 1));
}

/** The frame of a value that was taken apart; segments that `hashes` names are left out. */
export function frameOf({ tree, segments }: Parts, hashes: readonly (string | undefined)[] = []): Uint8Array {
  const entries = segments.map(({ byteLength }, i): SegmentEntry => {
    const hash = hashes[i];
    return { bytes: byteLength, ...(hash !== undefined && { hash }) };
  });
  const header = new TextEncoder().encode(
    JSON.stringify({ value: tree, segments: entries } satisfies Header),
  );
  const { offsets, end } = layout(headerStart + header.length, entries);
  const frame = new Uint8Array(end);
  const view = new DataView(frame.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, header.length, true);
  frame.set(header, headerStart);
  for (const [i, offset] of offsets.entries()) if (offset !== undefined) frame.set(segments[i]!, offset);
  return frame;
}

/** Where the segments of a frame lie; undefined for those that are kept apart. */
function layout(
  start: number,
  entries: readonly SegmentEntry[],
): { readonly offsets: readonly (number | undefined)[]; readonly end: number } {
  let end = start;
  const offsets = entries.map(({ bytes, hash }) => {
    if (hash !== undefined) return undefined;
    const offset = Math.ceil(end / 8) * 8;
    end = offset + bytes;
    return offset;
  });
  return { offsets, end };
}

/** A frame whose header and lengths were found to be right. */
export interface CheckedFrame {
  /** Segments that are kept apart. */
  readonly blobs: readonly Required<SegmentEntry>[];
  /** Puts the value together; every array has memory of its own, save that `blob` may give shared memory. */
  value(blob: (hash: string) => SharedArrayBuffer | undefined): unknown;
}

/** Checks bytes that came from elsewhere. */
export function checkFrame(argument: string, frame: Uint8Array): CheckedFrame {
  const wrong = (problem: string): InvalidInputError =>
    new InvalidInputError(argument, `is no valid payload: ${problem}`);
  if (frame.byteLength < headerStart) throw wrong(`${frame.byteLength} bytes are too few`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== magic) throw wrong("it does not begin with OCK1");
  const headerEnd = headerStart + view.getUint32(4, true);
  if (headerEnd > frame.byteLength) throw wrong("its header is cut off");
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(frame.subarray(headerStart, headerEnd)),
    );
  } catch {
    throw wrong("its header is no JSON");
  }
  const { value, segments } = (header ?? {}) as Partial<Header>;
  if (!Array.isArray(segments)) throw wrong("it has no table of segments");
  for (const entry of segments as readonly Partial<SegmentEntry>[]) {
    if (!Number.isSafeInteger(entry?.bytes) || entry.bytes! < 0) throw wrong("a segment has no length");
    if (entry.hash !== undefined && !/^[0-9a-f]{64}$/.test(String(entry.hash)))
      throw wrong("a segment has a name that is no hash");
  }
  const entries = segments as readonly SegmentEntry[];
  const { offsets, end } = layout(headerEnd, entries);
  if (end !== frame.byteLength) throw wrong(`expected ${end} bytes, got ${frame.byteLength}`);
  return {
    blobs: entries.filter((entry): entry is Required<SegmentEntry> => entry.hash !== undefined),
    value: (blob) => {
      const used = new Set<number>();
      const contents = (tag: Record<string, unknown>): ArrayBufferLike => {
        const index = tag.at as number;
        const entry = Number.isInteger(index) ? entries[index] : undefined;
        if (entry === undefined) throw wrong("an array names no segment");
        // Else a short frame could ask for more memory than it has bytes.
        if (used.has(index)) throw wrong("two arrays name the same segment");
        used.add(index);
        const offset = offsets[index];
        const kept = entry.hash === undefined ? undefined : blob(entry.hash);
        if (offset === undefined && kept?.byteLength !== entry.bytes)
          throw wrong(`the segment ${entry.hash} is missing`);
        if (kept !== undefined && tag.shared === true) return kept;
        const buffer =
          tag.shared === true ? new SharedArrayBuffer(entry.bytes) : new ArrayBuffer(entry.bytes);
        new Uint8Array(buffer).set(
          kept === undefined ? frame.subarray(offset!, offset! + entry.bytes) : new Uint8Array(kept),
        );
        return buffer;
      };
      const restored = (tree: unknown, depth: number): unknown => {
        if (depth > deepest) throw wrong(`it is nested more than ${deepest} deep`);
        if (typeof tree !== "object" || tree === null) return tree;
        if (Array.isArray(tree)) return tree.map((item) => restored(item, depth + 1));
        const tag = tree as Record<string, unknown>;
        if (typeof tag.o === "object" && tag.o !== null)
          // Defines own properties, whatever their names.
          return Object.fromEntries(
            Object.entries(tag.o).map(([key, item]) => [key, restored(item, depth + 1)]),
          );
        if (tag.u === true) return undefined;
        if (typeof tag.i === "string" && /^-?\d{1,1000}$/.test(tag.i)) return BigInt(tag.i);
        if (typeof tag.n === "string" && specialNumbers.has(tag.n)) return specialNumbers.get(tag.n);
        if (tag.b === true) return contents(tag);
        const type = typedArrays.get(String(tag.t));
        if (type === undefined) throw wrong(`it has a value of an unknown kind, ${show(tag)}`);
        const buffer = contents(tag);
        try {
          return new type(buffer);
        } catch {
          throw wrong(`${buffer.byteLength} bytes are no ${tag.t}`);
        }
      };
      return restored(value, 0);
    },
  };
}
