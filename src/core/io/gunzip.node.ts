import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** Unpacks gzip data of one or more members. */
export function gunzip(packed: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const unpacker = createGunzip({ chunkSize: 1 << 18 });
  const source = Readable.from(packed, { objectMode: false, highWaterMark: 1 << 20 });
  source.on("error", (cause) => unpacker.destroy(cause));
  unpacker.on("close", () => source.destroy());
  return source.pipe(unpacker);
}

/** Whether an error says that the data is damaged, rather than that it could not be read. */
export function isDamage(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === "string" && code.startsWith("Z_");
}
