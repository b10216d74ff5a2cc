import { gunzip, isDamage } from "#gunzip";
import { InvalidInputError, show } from "../errors.ts";
import type { Pace } from "../progress.ts";

/**
 * Where a reader takes its bytes from: text, bytes, or a stream of byte chunks (`Blob.stream()`,
 * `response.body`, a Node stream, an async generator). Gzipped bytes are recognised by their first two.
 */
export type ByteSource =
  | string
  | Uint8Array
  | Iterable<Uint8Array>
  | AsyncIterable<Uint8Array>
  | ReadableStream<Uint8Array>;

/** Length in bytes where it is known beforehand, otherwise 0. For progress only. */
export function knownLength(source: ByteSource): number {
  if (typeof source === "string") return source.length;
  return source instanceof Uint8Array ? source.length : 0;
}

/** Longest chunk handed on, so that a reader of one large array still gives way in between. */
const chunkLength = 1 << 20;

/** The bytes of a source, chunk by chunk. */
export async function* byteChunks(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof source === "string") {
    const encoder = new TextEncoder();
    for (let start = 0; start < source.length; ) {
      let end = Math.min(source.length, start + chunkLength);
      // Do not cut a surrogate pair in two.
      if (end < source.length && (source.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
      yield encoder.encode(source.slice(start, end));
      start = end;
    }
  } else if (source instanceof Uint8Array) {
    for (let start = 0; start < source.length; start += chunkLength)
      yield source.subarray(start, start + chunkLength);
  } else if (typeof source === "object" && source !== null && "getReader" in source) {
    // Safari's streams are not async iterable.
    const reader = source.getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    } finally {
      await reader.cancel();
    }
  } else if (
    typeof source === "object" &&
    source !== null &&
    (Symbol.asyncIterator in source || Symbol.iterator in source)
  ) {
    yield* source;
  } else
    throw new InvalidInputError("source", `expected text, bytes or a stream of bytes, got ${show(source)}`);
}

/**
 * Hands chunks on, unpacked when they begin as gzip does (1f 8b). `name` names the source in the error that
 * damaged or cut-off gzip data raises.
 */
export async function* gunzipped(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    // Two bytes decide; a first chunk may be shorter.
    let head = new Uint8Array(0);
    while (head.length < 2) {
      const next = await iterator.next();
      if (next.done) break;
      head = concatBytes([head, next.value]);
    }
    const rest = { [Symbol.asyncIterator]: () => iterator };
    if (head[0] !== 0x1f || head[1] !== 0x8b) {
      if (head.length > 0) yield head;
      yield* rest;
      return;
    }
    async function* packed(): AsyncGenerator<Uint8Array, void, undefined> {
      yield head;
      yield* rest;
    }
    try {
      yield* gunzip(packed());
    } catch (cause) {
      if (isDamage(cause)) throw new InvalidInputError(name, "gzip data is damaged or cut off", { cause });
      throw cause;
    }
  } finally {
    await iterator.return?.();
  }
}

/** {@link gunzipped} at the rhythm of a long call whose units are the bytes of the source. */
export async function* gunzippedAtPace(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  pace: Pace,
): AsyncGenerator<Uint8Array, void, undefined> {
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      read += chunk.length;
      yield chunk;
    }
  }
  for await (const chunk of gunzipped(counted(), name)) {
    yield chunk;
    if (pace.due()) await pace.rest(read);
  }
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
