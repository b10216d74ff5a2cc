import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTextIndex, type Passage, readTextIndex, type Vocabulary, writeTextIndex } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "text-index-"));
});
afterAll(() => rm(folder, { recursive: true }));

const vocabulary: Vocabulary = {
  words: ["the", "cat", "kitten", "engine", "motor"],
  vectors: {
    dtype: "float32",
    shape: [5, 3],
    data: Float32Array.of(1, 1, 1, 0, 1, 0, 0.1, 0.9, 0, -1, 0, 0.1, -0.9, 0, 0),
  },
  skip: 1,
};
const passages: readonly Passage[] = [
  { file: "a.txt", line: 1, text: "The cat." },
  { file: "a.txt", line: 3, text: "An engine" },
  { file: "b.txt", line: 1, text: "nothing known" },
];

test("finds passages by words of like meaning and leaves out those without a known word", async () => {
  const index = await buildTextIndex(passages, vocabulary);
  expect(index.skipped).toBe(1);
  expect(index.search("motor", { k: 1, candidates: 2 })[0]!.passage).toEqual(passages[1]);
  expect(index.search("two kittens, a kitten", { k: 1, candidates: 2 })[0]!.passage).toEqual(passages[0]);
  expect(() => index.search("the")).toThrow(/no word of "the"/);
  await expect(buildTextIndex(passages.slice(2), vocabulary)).rejects.toThrow(/none has a word/);
});

test("a file gives back the index, and is refused when it is damaged or of another kind", async () => {
  const index = await buildTextIndex(passages, vocabulary);
  const path = join(folder, "good.index");
  await writeTextIndex(path, index);
  const read = await readTextIndex(path);
  expect(read.search("motor cat")).toEqual(index.search("motor cat"));
  expect(read.encodings).toEqual(index.encodings);
  const bytes = await readFile(path);
  const bad = join(folder, "bad.index");
  const refuse = async (change: (bytes: Buffer) => Buffer, message: RegExp): Promise<void> => {
    await writeFile(bad, change(Buffer.from(bytes)));
    await expect(readTextIndex(bad)).rejects.toThrow(message);
  };
  const replaced = (from: string, to: string) => (b: Buffer) =>
    Buffer.from(b.toString("latin1").replace(from, to), "latin1");
  await refuse(replaced("ockham-text-index", "ockham-text-indix"), /is no text index/);
  await refuse(replaced('"version":"1"', '"version":"9"'), /reads version 1/);
  await refuse((b) => b.subarray(0, b.length - 2), /bad.index|tensor|bytes/);
  const start = Number(bytes.readBigUInt64LE(0)) + 8;
  for (const at of [start, start + 100, bytes.length - 1])
    await refuse((b) => {
      b[at]! ^= 1;
      return b;
    }, /is damaged/);
});
