import { openFile, writeAtomically } from "#files";
import { InvalidInputError, requireKnownOptions } from "../errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../progress.ts";
import { type ByteSource, byteChunks, gunzippedAtPace, knownLength } from "./byte-source.ts";

/**
 * Reads JSON Lines: one JSON value a line, blank lines passed over. Values are given one by one as they are
 * read: memory is a chunk and a line. Gzipped input is unpacked; progress is in bytes.
 *
 * @param name what the source is called in errors, default `"json lines"`
 * @throws InvalidInputError naming the line that is not JSON or not UTF-8
 */
export function parseJsonLines(
  source: ByteSource,
  options: LongCallOptions = {},
  name = "json lines",
): AsyncGenerator<unknown, void, undefined> {
  requireKnownOptions("options", options, longCallOptions);
  return valuesOf(byteChunks(source), knownLength(source), options, name);
}

/** {@link parseJsonLines} of a file. */
export async function* readJsonLines(
  path: string,
  options: LongCallOptions = {},
): AsyncGenerator<unknown, void, undefined> {
  requireKnownOptions("options", options, longCallOptions);
  const file = await openFile(path);
  yield* valuesOf(file.chunks, file.bytes, options, path);
}

/**
 * Writes values as JSON Lines, as they come. The file appears under its name only when it is complete; when
 * the values' source throws, nothing is left.
 *
 * @throws InvalidInputError for a value that JSON has no form for: undefined, a function, a number that is
 *   not finite at the top level
 */
export async function writeJsonLines(
  path: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<void> {
  await writeAtomically(path, async (file) => {
    let text = "";
    let index = 0;
    for await (const value of values) {
      const line = JSON.stringify(value) as string | undefined;
      if (line === undefined || (typeof value === "number" && !Number.isFinite(value)))
        throw new InvalidInputError(`values[${index}]`, "has no form in JSON");
      text += `${line}\n`;
      index++;
      if (text.length > 1 << 18) {
        await file.write(text);
        text = "";
      }
    }
    await file.write(text);
  });
}

async function* valuesOf(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  options: LongCallOptions,
  name: string,
): AsyncGenerator<unknown, void, undefined> {
  const pace = new Pace(options, total);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 0;
  const value = (text: string): unknown => {
    line++;
    if (text.trim() === "") return undefined;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new InvalidInputError(`${name}, line ${line}`, `not JSON: ${(cause as Error).message}`, {
        cause,
      });
    }
  };
  const decode = (bytes: Uint8Array | undefined): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new InvalidInputError(`${name}, after line ${line}`, "not valid UTF-8 text", { cause });
    }
  };
  let rest = "";
  for await (const chunk of gunzippedAtPace(chunks, name, pace)) {
    const lines = (rest + decode(chunk)).split("\n");
    rest = lines.pop()!;
    for (const text of lines) {
      const parsed = value(text);
      if (parsed !== undefined) yield parsed;
    }
  }
  const last = value(rest + decode(undefined));
  if (last !== undefined) yield last;
  pace.finish();
}
