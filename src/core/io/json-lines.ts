import { openFile, writeAtomically } from "#files";
import { InvalidInputError, requireKnownOptions } from "../errors.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { type ByteSource, byteChunks, knownLength } from "./byte-source.ts";
import { lineBlocks } from "./text-lines.ts";

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
  let line = 0;
  for await (const lines of lineBlocks(chunks, total, options, name))
    for (const text of lines) {
      line++;
      if (text.trim() === "") continue;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (cause) {
        throw new InvalidInputError(`${name}, line ${line}`, `not JSON: ${(cause as Error).message}`, {
          cause,
        });
      }
      yield value;
    }
}
