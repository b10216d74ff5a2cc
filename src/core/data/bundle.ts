import { arrayOf, bytesPerElement, type DataOf, type DType, type NdArray, sizeOf } from "../array/index.ts";
import { readBytes, writeAtomically } from "../io/index.ts";

/**
 * Arrays and texts in one file of their own bytes: what slow sources are converted to once, so that loading
 * them later is one read. Native byte order; a cache, not a format for exchange.
 */
export interface Bundle {
  readonly arrays: Readonly<Record<string, NdArray>>;
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

interface Header {
  readonly arrays: Readonly<Record<string, { dtype: DType; shape: readonly number[]; offset: number }>>;
  /** Texts are joined; `lengths` names the array with the length of each in UTF-16 units. */
  readonly texts: Readonly<Record<string, { bytes: number; offset: number }>>;
  readonly end: number;
}

const magic = "OCKHAMB1";
const alignment = 8;

/** The bundle at `path`; built and written there first when it is absent or damaged. */
export async function bundled(path: string, build: () => Promise<Bundle>): Promise<Bundle> {
  const kept = await readBundle(path);
  if (kept !== undefined) return kept;
  const bundle = await build();
  await writeBundle(path, bundle);
  return bundle;
}

/** Undefined for a file that is absent, cut off or of another kind. */
export async function readBundle(path: string): Promise<Bundle | undefined> {
  const bytes = await readBytes(path).catch(() => undefined);
  if (bytes === undefined || bytes.length < 16) return undefined;
  const decoder = new TextDecoder();
  if (decoder.decode(bytes.subarray(0, 8)) !== magic) return undefined;
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
  if (16 + headerLength > bytes.length) return undefined;
  const header = JSON.parse(decoder.decode(bytes.subarray(16, 16 + headerLength))) as Header;
  if (header.end !== bytes.length) return undefined;
  const arrays: Record<string, NdArray> = {};
  for (const [name, { dtype, shape, offset }] of Object.entries(header.arrays)) {
    const length = sizeOf(shape);
    const start = bytes.byteOffset + offset;
    const data = new arrayOf[dtype](bytes.buffer, start, length) as DataOf[DType];
    arrays[name] = { dtype, shape, data };
  }
  const texts: Record<string, string[]> = {};
  for (const [name, { bytes: length, offset }] of Object.entries(header.texts)) {
    const joined = decoder.decode(bytes.subarray(offset, offset + length));
    const lengths = arrays[lengthsOf(name)]!.data as Int32Array;
    delete arrays[lengthsOf(name)];
    const parts = new Array<string>(lengths.length);
    let from = 0;
    for (let i = 0; i < lengths.length; i++) {
      parts[i] = joined.slice(from, from + lengths[i]!);
      from += lengths[i]!;
    }
    texts[name] = parts;
  }
  return { arrays, texts };
}

export async function writeBundle(path: string, bundle: Bundle): Promise<void> {
  const arrays: Record<string, NdArray> = { ...bundle.arrays };
  for (const [name, parts] of Object.entries(bundle.texts))
    arrays[lengthsOf(name)] = {
      dtype: "int32",
      shape: [parts.length],
      data: Int32Array.from(parts, (part) => part.length),
    };
  const encoded = Object.entries(bundle.texts).map(
    ([name, parts]) => [name, new TextEncoder().encode(parts.join(""))] as const,
  );
  // Offsets are relative to the header's end at first: its length depends on them.
  const layOut = (from: number): Header => {
    let end = from;
    const place = (length: number): number => {
      const offset = Math.ceil(end / alignment) * alignment;
      end = offset + length;
      return offset;
    };
    const placed = {
      arrays: Object.fromEntries(
        Object.entries(arrays).map(([name, { dtype, shape }]) => [
          name,
          { dtype, shape, offset: place(sizeOf(shape) * bytesPerElement(dtype)) },
        ]),
      ),
      texts: Object.fromEntries(
        encoded.map(([name, bytes]) => [name, { bytes: bytes.length, offset: place(bytes.length) }]),
      ),
    };
    return { ...placed, end };
  };
  const room = Math.ceil((JSON.stringify(layOut(Number.MAX_SAFE_INTEGER / 2)).length + 64) / 64) * 64;
  const header = layOut(16 + room);
  const front = new Uint8Array(16 + room).fill(0x20);
  front.set(new TextEncoder().encode(magic));
  new DataView(front.buffer).setUint32(8, room, true);
  front.set(new TextEncoder().encode(JSON.stringify(header)), 16);
  await writeAtomically(path, async (file) => {
    await file.write(front);
    let position = front.length;
    const put = async (offset: number, bytes: Uint8Array): Promise<void> => {
      await file.write(new Uint8Array(offset - position));
      await file.write(bytes);
      position = offset + bytes.length;
    };
    for (const [name, { data }] of Object.entries(arrays))
      await put(header.arrays[name]!.offset, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    for (const [name, bytes] of encoded) await put(header.texts[name]!.offset, bytes);
  });
}

function lengthsOf(text: string): string {
  return `${text}.lengths`;
}
