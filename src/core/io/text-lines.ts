import { InvalidInputError } from "../errors.ts";
import { type LongCallOptions, Pace } from "../progress.ts";
import { gunzippedAtPace } from "./byte-source.ts";

/**
 * The lines of UTF-8 text, without their newlines, in blocks as the chunks bring them; gzipped input is unpacked.
 * Memory is a chunk and a line.
 *
 * @throws InvalidInputError naming the line after which the text is not UTF-8
 */
export async function* lineBlocks(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  options: LongCallOptions,
  name: string,
): AsyncGenerator<readonly string[], void, undefined> {
  const pace = new Pace(options, total);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 0;
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
    line += lines.length;
    yield lines;
  }
  rest += decode(undefined);
  if (rest !== "") yield [rest];
  pace.finish();
}
