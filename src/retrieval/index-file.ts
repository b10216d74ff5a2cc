import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError, show } from "../core/errors.ts";
import { openSafetensors, writeSafetensors } from "../core/io/index.ts";

type Tensors<Name extends string> = Readonly<Record<Name, NdArray>>;

/** What a kind of index file is called, and in which version. */
export interface IndexFormat<Name extends string> {
  readonly format: string;
  /** As a refusal names it, such as "text index". */
  readonly kind: string;
  readonly version: string;
  readonly tensors: readonly Name[];
}

/** Writes one safetensors file with format, version and a checksum. Its name never shows an incomplete one. */
export async function writeIndexFile<Name extends string>(
  path: string,
  { format, version }: IndexFormat<Name>,
  tensors: Tensors<Name>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await writeSafetensors(path, tensors, {
    format,
    version,
    ...metadata,
    checksum: `${checksum(Object.values(tensors))}`,
  });
}

/** Reads what {@link writeIndexFile} wrote; format, version and checksum are verified. */
export async function readIndexFile<Name extends string>(
  path: string,
  { format, kind, version, tensors: names }: IndexFormat<Name>,
): Promise<{ readonly tensors: Tensors<Name>; readonly metadata: Readonly<Record<string, string>> }> {
  const file = await openSafetensors(path);
  try {
    const { metadata } = file;
    if (metadata.format !== format)
      throw new InvalidInputError(path, `is no ${kind} (format ${show(metadata.format)})`);
    if (metadata.version !== version)
      throw new InvalidInputError(
        path,
        `has version ${show(metadata.version)} of the format; this program reads version ${version}`,
      );
    const read: [string, NdArray][] = [];
    for (const name of names) read.push([name, await file.read(name)]);
    const tensors = Object.fromEntries(read) as Tensors<Name>;
    if (Number(metadata.checksum) !== checksum(Object.values(tensors)))
      throw new InvalidInputError(path, "is damaged: its checksum does not fit its content");
    return { tensors, metadata };
  } finally {
    await file.close();
  }
}

/** A value as the bytes of its JSON text. */
export function jsonTensor(value: unknown): NdArray<"uint8"> {
  const data = new TextEncoder().encode(JSON.stringify(value));
  return { dtype: "uint8", shape: [data.length], data };
}

export function fromJsonTensor<T>({ data }: NdArray): T {
  return JSON.parse(new TextDecoder().decode(data as Uint8Array)) as T;
}

/** 32 bits over all bytes, FNV-1a. */
function checksum(tensors: readonly NdArray[]): number {
  let hash = 0x811c9dc5;
  for (const { data } of tensors) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  }
  return hash >>> 0;
}
