import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  parseQrels,
  parseTrecRun,
  readQrels,
  readTrecRun,
  type TrecRun,
  writeQrels,
  writeTrecRun,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-trec-"));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => join(folder, name);

const word = fc.stringMatching(/^[!-~äß€]{1,8}$/);

describe("a run", () => {
  test("is put in order of its scores, of equal ones the later name first, whatever its ranks say", async () => {
    const run = await parseTrecRun(
      "1 Q0 b 1 0.5 x\n2\tQ0\ta 7 -1e3\tx\r\n\n1 Q0 a 2 .75 x\n1 Q0 c 3 5.e-1 x",
    );
    expect([...run.keys()]).toEqual(["1", "2"]);
    expect(run.get("1")).toEqual([
      { document: "a", score: 0.75 },
      { document: "c", score: 0.5 },
      { document: "b", score: 0.5 },
    ]);
    expect(run.get("2")).toEqual([{ document: "a", score: -1000 }]);
  });

  test("is read as it was written", async () => {
    const path = inFolder("a.run");
    const scores = fc.double({ noNaN: true, noDefaultInfinity: true });
    const entries = fc.dictionary(word, fc.dictionary(word, scores, { minKeys: 1 }), { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(entries, async (queries) => {
        const run: TrecRun = new Map(
          Object.entries(queries).map(([query, documents]) => [
            query,
            Object.entries(documents)
              // -0 is written as 0.
              .map(([document, score]) => ({ document, score: score + 0 }))
              .sort((a, b) => b.score - a.score || (a.document < b.document ? 1 : -1)),
          ]),
        );
        await writeTrecRun(path, run, "test");
        expect(await readTrecRun(path)).toEqual(run);
      }),
      { numRuns: 25 },
    );
    await writeTrecRun(path, new Map([["q", [{ document: "d", score: 0.1 }]]]));
    expect(readFileSync(path, "utf8")).toBe("q Q0 d 1 0.1 ockham\n");
  });

  test("is refused with the line that is wrong", async () => {
    const good = "1 Q0 a 1 0.5 x\n";
    for (const [bad, said] of [
      ["1 Q0 b 1 0.5", /line 2: expected query, Q0, document, rank, score and tag, got 5 fields/],
      ["1 Q0 b 1 0.5 x y", /line 2: .*got 7 fields/],
      ["1 Q0 b 1 nan x", /line 2: expected a finite number as score, got "nan"/],
      ["1 Q0 b 1 1e999 x", /line 2: .*"1e999"/],
      ["1 Q0 b 1 0x1 x", /line 2: .*"0x1"/],
      ["1 Q0 a 9 0.4 x", /line 2: query "1" has the document "a" already/],
    ] as const)
      await expect(parseTrecRun(`${good}${bad}\n${good}`)).rejects.toThrow(said);
    await expect(parseTrecRun("\n \n")).rejects.toThrow(/run: holds no line/);
    await expect(parseTrecRun(Uint8Array.of(49, 10, 0xff, 10))).rejects.toThrow(
      /after line 0: not valid UTF-8/,
    );
    await expect(readTrecRun(inFolder("none.run"))).rejects.toThrow(/none\.run/);
  });

  test("is not written with what could not be read", async () => {
    const path = inFolder("bad.run");
    const write = (query: string, document: string, score: number) =>
      writeTrecRun(path, new Map([[query, [{ document, score }]]]));
    await expect(write("a b", "d", 1)).rejects.toThrow(/without blanks, got "a b"/);
    await expect(write("a", "", 1)).rejects.toThrow(/query a: a document: expected a name/);
    await expect(write("a", "d", Number.NaN)).rejects.toThrow(/document d: expected a finite score, got NaN/);
    const twice = [1, 2].map((score) => ({ document: "d", score }));
    await expect(writeTrecRun(path, new Map([["q", twice]]))).rejects.toThrow(/holds the document d twice/);
    await expect(writeTrecRun(path, new Map(), "two words")).rejects.toThrow(/tag/);
    expect(() => readFileSync(path)).toThrow(/ENOENT/);
  });
});

describe("judgements", () => {
  test("are read with four fields, or as a table of BEIR with three", async () => {
    const expected = new Map([
      ["1", new Map([["a", 2], ["b", 0]])], // biome-ignore format: a table
      ["2", new Map([["a", -1]])],
    ]);
    expect(await parseQrels("1 0 a 2\n1 Q0 b 0\n\n2 0 a -1\n")).toEqual(expected);
    expect(await parseQrels("query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t0\n2\ta\t-1\n")).toEqual(expected);
    const path = inFolder("a.qrels");
    await writeQrels(path, expected);
    expect(await readQrels(path)).toEqual(expected);
  });

  test("are refused with the line that is wrong", async () => {
    for (const [bad, said] of [
      ["1 a 2", /line 2: expected query, iteration, document and grade, got 3 fields/],
      ["1 0 b 0.5", /line 2: expected a whole number as grade, got "0.5"/],
      ["1 0 b yes", /line 2: .*"yes"/],
      ["1 0 a 0", /line 2: query "1" has the document "a" already/],
    ] as const)
      await expect(parseQrels(`1 0 a 1\n${bad}\n`)).rejects.toThrow(said);
    await expect(parseQrels("query-id corpus-id score\n1 0 a 1\n")).rejects.toThrow(/line 2: .*got 4 fields/);
    await expect(parseQrels("")).rejects.toThrow(/qrels: holds no line/);
    await expect(writeQrels(inFolder("b"), new Map([["q", new Map([["d", 0.5]])]]))).rejects.toThrow(/0\.5/);
  });
});
