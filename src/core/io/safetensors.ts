import { arrayOf, bytesPerElement, type DType, type NdArray, requireShape, sizeOf } from "../array/index.ts";
import { InvalidInputError, show } from "../errors.ts";

/**
 * The safetensors format: eight bytes with the length of a JSON header, the header, then the bytes of all
 * tensors without gaps. https://github.com/huggingface/safetensors#format
 */

/** Where one tensor of a file lies. */
export interface SafetensorsEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Whether its elements are bfloat16, which become float32 when read. */
  readonly bfloat16: boolean;
  /** First byte and the byte behind the last one, counted from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

/** Type and shape of a tensor that is to be written. */
export interface SafetensorsPart extends Pick<NdArray, "dtype" | "shape"> {
  /** A float32 tensor whose elements are rounded to bfloat16 in the file. */
  readonly bfloat16?: boolean;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their bytes. */
  readonly entries: ReadonlyMap<string, SafetensorsEntry>;
}

/** Tensors by name, with the file's free text entries. */
export interface Safetensors {
  readonly tensors: Readonly<Record<string, NdArray>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Longest header in bytes that the format allows. */
const longestHeader = 100_000_000;

/** Names of element types in files, in the order in which writers sort tensors: narrow ones last. */
const typeNames = {
  bool: "BOOL",
  uint8: "U8",
  int8: "I8",
  int16: "I16",
  uint16: "U16",
  float16: "F16",
  int32: "I32",
  uint32: "U32",
  float32: "F32",
  float64: "F64",
  int64: "I64",
  uint64: "U64",
} as const satisfies Record<DType, string>;
const typeOrder = Object.keys(typeNames) as DType[];
const dtypeOf = new Map<string, DType>(typeOrder.map((dtype) => [typeNames[dtype], dtype]));

/**
 * Reads all tensors of a file; bfloat16 becomes float32, the other element types stay as they are. Every
 * tensor is a copy. The header is checked in full before anything is read (see {@link parseHeader}).
 */
export function parseSafetensors(bytes: Uint8Array): Safetensors {
  if (!(bytes instanceof Uint8Array))
    throw new InvalidInputError("bytes", `expected a Uint8Array, got ${show(bytes)}`);
  const length = headerLength(bytes, bytes.length);
  const { metadata, entries } = parseHeader(bytes.subarray(8, 8 + length), bytes.length);
  const tensors: Record<string, NdArray> = {};
  for (const [name, entry] of entries)
    setOwn(tensors, name, tensorOf(entry, bytes.subarray(entry.begin, entry.end)));
  return { tensors, metadata };
}

/** Length in bytes of the header of a file that starts with `prefix` and has `fileLength` bytes. */
export function headerLength(prefix: Uint8Array, fileLength: number): number {
  if (prefix.length < 8) throw fault(`expected at least 8 bytes, got ${prefix.length}`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(longestHeader))
    throw fault(`a header of ${length} bytes; at most ${longestHeader} are allowed`);
  if (length > BigInt(fileLength - 8))
    throw fault(`a header of ${length} bytes, but only ${fileLength - 8} bytes follow its length`);
  return Number(length);
}

/**
 * Reads and checks a header: JSON without repeated keys, known element types, byte lengths that agree with
 * shape and type, and tensors that fill the rest of the file without overlap or gap.
 * @throws InvalidInputError naming the tensor at fault.
 */
export function parseHeader(header: Uint8Array, fileLength: number): SafetensorsHeader {
  const json = parseJson(header);
  let metadata: Readonly<Record<string, string>> = {};
  const list: [string, SafetensorsEntry][] = [];
  const start = 8 + header.length;
  for (const [name, value] of Object.entries(json)) {
    if (name === "__metadata__") metadata = readMetadata(value);
    else list.push([name, readEntry(name, value, start, fileLength)]);
  }
  list.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let end = start;
  for (const [name, entry] of list) {
    if (entry.begin !== end)
      throw fault(
        `tensor ${show(name)} ${entry.begin < end ? "overlaps its neighbour" : "leaves a gap"} at byte ${entry.begin - start} of the data`,
      );
    end = entry.end;
  }
  if (end !== fileLength) throw fault(`its tensors end at byte ${end}, but the file has ${fileLength} bytes`);
  return { metadata, entries: new Map(list) };
}

function parseJson(header: Uint8Array): Record<string, unknown> {
  if (header[0] !== 0x7b) throw fault("the header is no JSON object");
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    json = JSON.parse(text);
  } catch (error) {
    throw fault(`the header is no JSON: ${(error as Error).message.slice(0, 120)}`, error);
  }
  if (!isObject(json)) throw fault("the header is no JSON object");
  // JSON.parse keeps the last of two equal keys in silence: count the keys in the text as well.
  let written = 0;
  for (const match of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"\s*(:)?/g))
    if (match[1] !== undefined) written++;
  let kept = 0;
  for (const value of Object.values(json)) kept += 1 + (isObject(value) ? Object.keys(value).length : 0);
  if (written !== kept) throw fault("the header has repeated keys or objects where none belong");
  return json;
}

function readMetadata(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) throw fault(`__metadata__ must be an object of texts, got ${show(value)}`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string")
      throw fault(`__metadata__ must hold texts only, but ${show(key)} is ${show(text)}`);
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, start: number, fileLength: number): SafetensorsEntry {
  const what = `tensor ${show(name)}`;
  if (!isObject(value)) throw fault(`${what} must be { dtype, shape, data_offsets }, got ${show(value)}`);
  for (const key of Object.keys(value)) {
    if (key !== "dtype" && key !== "shape" && key !== "data_offsets")
      throw fault(`${what} has an unknown entry ${show(key)}`);
  }
  const { dtype: type, shape, data_offsets: offsets } = value;
  const bfloat16 = type === "BF16";
  const dtype = bfloat16 ? "float32" : dtypeOf.get(type as string);
  if (dtype === undefined)
    throw fault(`${what} has dtype ${show(type)}; supported are ${[...dtypeOf.keys()].join(", ")}, BF16`);
  if (!isWholeNumbers(shape)) throw fault(`${what} has shape ${show(shape)}`);
  if (!isWholeNumbers(offsets) || offsets.length !== 2)
    throw fault(`${what} has data_offsets ${show(offsets)}; expected two whole numbers`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > fileLength - start)
    throw fault(
      `${what} has data_offsets [${begin}, ${end}] in a file with ${fileLength - start} bytes of data`,
    );
  let size = bfloat16 ? 2 : bytesPerElement(dtype);
  for (const extent of shape) size *= extent;
  // Also refuses products beyond 2^53: the right-hand side never is that large.
  if (size !== end - begin)
    throw fault(
      `${what} of shape [${shape.join(", ")}] and dtype ${type} takes ${size} bytes, not ${end - begin}`,
    );
  return { dtype, shape, bfloat16, begin: start + begin, end: start + end };
}

/** The array of one tensor from a copy of its bytes. */
export function tensorOf(entry: SafetensorsEntry, bytes: Uint8Array): NdArray {
  const { dtype, shape } = entry;
  const size = sizeOf(shape);
  // Not bytes.slice(): that of a Node Buffer is a view.
  const copy = new Uint8Array(bytes);
  if (entry.bfloat16) {
    // A bfloat16 is the upper half of a float32.
    const data = new Float32Array(size);
    const bits = new Uint32Array(data.buffer);
    const halves = new Uint16Array(copy.buffer, 0, size);
    for (let i = 0; i < size; i++) bits[i] = halves[i]! << 16;
    return { dtype, shape, data } as NdArray;
  }
  if (dtype === "bool" && copy.some((byte) => byte > 1)) throw fault("a boolean tensor holds bytes above 1");
  return { dtype, shape, data: new arrayOf[dtype](copy.buffer, 0, size) } as NdArray;
}

/**
 * Writes tensors and metadata as one file in memory. Tensors are sorted by width of element and name, as
 * the reference implementation does: equal contents give equal bytes.
 */
export function formatSafetensors(
  tensors: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { header, order } = encodeHeader(tensors, metadata);
  let size = header.length;
  for (const name of order) size += tensors[name]!.data.byteLength;
  const bytes = new Uint8Array(size);
  bytes.set(header);
  let at = header.length;
  for (const name of order) {
    const data = bytesOf(tensors[name]!);
    bytes.set(data, at);
    at += data.length;
  }
  return bytes;
}

/** The length and header of a file, and the order in which the bytes of its tensors follow. */
export function encodeHeader(
  tensors: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>>,
): { header: Uint8Array; order: readonly string[] } {
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    requireShape(`tensors.${name}.shape`, shape);
    if (!(dtype in typeNames) || !(data instanceof arrayOf[dtype]) || data.length !== sizeOf(shape))
      throw new InvalidInputError(
        `tensors.${name}`,
        "expected an NdArray { dtype, shape, data } that agrees",
      );
  }
  return safetensorsHeader(tensors, metadata);
}

/**
 * The head of a safetensors file with tensors of these shapes, and the order in which their bytes follow without gaps:
 * for files that are written in parts.
 */
export function safetensorsHeader(
  tensors: Readonly<Record<string, SafetensorsPart>>,
  metadata: Readonly<Record<string, string>> = {},
): { header: Uint8Array; order: readonly string[] } {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string")
      throw new InvalidInputError(`metadata.${key}`, `expected a text, got ${show(value)}`);
  }
  const rank = (name: string): number => {
    const { dtype, bfloat16 } = tensors[name]!;
    // Beside the other type of two bytes, below it.
    return typeOrder.indexOf(bfloat16 ? "float16" : dtype) - (bfloat16 ? 0.5 : 0);
  };
  const order = Object.keys(tensors);
  for (const name of order) {
    if (name === "__metadata__") throw new InvalidInputError(name, "this name is reserved for metadata");
    requireShape(`tensors.${name}.shape`, tensors[name]!.shape);
    if (!(tensors[name]!.dtype in typeNames))
      throw new InvalidInputError(
        `tensors.${name}.dtype`,
        `${show(tensors[name]!.dtype)} is no type of the format`,
      );
    if (tensors[name]!.bfloat16 && tensors[name]!.dtype !== "float32")
      throw new InvalidInputError(`tensors.${name}.dtype`, "only float32 is written as bfloat16");
  }
  order.sort((a, b) => rank(b) - rank(a) || (a < b ? -1 : 1));
  let offset = 0;
  const fields = order.map((name) => {
    const { dtype, shape, bfloat16 } = tensors[name]!;
    const begin = offset;
    offset += sizeOf(shape) * (bfloat16 ? 2 : bytesPerElement(dtype));
    const value = { dtype: bfloat16 ? "BF16" : typeNames[dtype], shape, data_offsets: [begin, offset] };
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  });
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) {
    const entries = keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
    fields.unshift(`"__metadata__":{${entries.join(",")}}`);
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  // Padded with spaces so that the data starts at a multiple of 8.
  const length = Math.ceil(json.length / 8) * 8;
  if (length > longestHeader)
    throw new InvalidInputError("tensors", `their names and shapes take ${length} bytes of header`);
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return { header, order };
}

/** The bytes of an array's elements, not copied; as bfloat16 the nearest ones, ties to even. */
export function bytesOf({ data }: NdArray, bfloat16 = false): Uint8Array {
  if (bfloat16) {
    // The upper halves of the float32 bits, rounded by what is cut off.
    const bits = new Uint32Array(Float32Array.from(data as Float32Array).buffer);
    const halves = Uint16Array.from(bits, (word) =>
      (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16,
    );
    return new Uint8Array(halves.buffer);
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** A tree of arrays: plain objects and lists, nested as deep as one likes. */
export type ArrayTree = NdArray | readonly ArrayTree[] | { readonly [key: string]: ArrayTree };

/**
 * Flattens a tree of arrays to dotted names: `{ layers: [{ weight }] }` becomes `{ "layers.0.weight" }`.
 * Keys must hold no dots; {@link nestTree} is the inverse.
 */
export function flattenTree(tree: ArrayTree): Record<string, NdArray> {
  const flat: Record<string, NdArray> = {};
  const visit = (node: ArrayTree, path: string): void => {
    if (isArray(node)) {
      if (path === "") throw new InvalidInputError("tree", "expected an object of arrays, got an array");
      flat[path] = node;
      return;
    }
    if (!isObject(node) && !Array.isArray(node))
      throw new InvalidInputError(
        path === "" ? "tree" : path,
        `expected an NdArray or an object, got ${show(node)}`,
      );
    const keys = Object.keys(node);
    if (keys.length === 0 && path !== "")
      throw new InvalidInputError(path, "an empty branch has no place in a file of tensors");
    for (const key of keys) {
      if (key === "" || key.includes(".") || (!Array.isArray(node) && key === "0"))
        throw new InvalidInputError(
          `${path}${path === "" ? "" : "."}${key}`,
          "a key must not be empty or hold dots, and only lists have the key 0",
        );
      visit((node as Record<string, ArrayTree>)[key]!, path === "" ? key : `${path}.${key}`);
    }
  };
  visit(tree, "");
  return flat;
}

/** Nests dotted names into a tree; branches whose keys count 0, 1, 2, ... become lists. */
export function nestTree(flat: Readonly<Record<string, NdArray>>): ArrayTree {
  const root = new Map<string, unknown>();
  for (const [name, array] of Object.entries(flat)) {
    const keys = name.split(".");
    const last = keys.pop()!;
    let branch = root;
    for (const key of keys) {
      const next = branch.get(key) ?? new Map<string, unknown>();
      if (!(next instanceof Map)) throw clash(name);
      branch.set(key, next);
      branch = next;
    }
    if (branch.has(last)) throw clash(name);
    branch.set(last, array);
  }
  const build = (branch: Map<string, unknown>): ArrayTree => {
    const list = branch.has("0") && [...branch.keys()].every((_, i) => branch.has(String(i)));
    const tree: Record<string, ArrayTree> | ArrayTree[] = list ? [] : {};
    for (const [key, value] of branch)
      setOwn(
        tree as Record<string, ArrayTree>,
        key,
        value instanceof Map ? build(value) : (value as NdArray),
      );
    return tree;
  };
  return build(root);
}

function clash(name: string): InvalidInputError {
  return new InvalidInputError(name, "is both a tensor and a branch of other tensors");
}

/** Sets an own property whatever its name, `__proto__` included. */
function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function isArray(value: unknown): value is NdArray {
  return isObject(value) && typeof value.dtype === "string" && ArrayBuffer.isView(value.data);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function fault(problem: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError("safetensors file", problem, cause === undefined ? undefined : { cause });
}
