import { describe, expect, test } from "vitest";
import { parseQrels, parseTrecRun } from "../core/io/index.ts";
import { evaluateRun, ndcgAt, recallAt } from "./index.ts";

describe("the evaluation of a run", () => {
  const judged = parseQrels("1 0 a 3\n1 0 b 1\n1 0 c 0\n2 0 a 1\n3 0 a 0\n4 0 d 1\n");
  const found = parseTrecRun("1 Q0 c 1 3 x\n1 Q0 b 2 2 x\n1 Q0 z 3 1 x\n2 Q0 a 1 1 x\n9 Q0 a 1 1 x\n");

  test("averages over the queries with a relevant document, found or not, and counts the others", async () => {
    const { means, queries, ...counts } = evaluateRun(await found, await judged, { recall: [1, 10] });
    expect(counts).toEqual({ missing: 1, withoutRelevant: 1, unjudged: 1 });
    expect([...queries.keys()]).toEqual(["1", "2", "4"]);
    const ndcg = 1 / Math.log2(3) / (3 + 1 / Math.log2(3));
    expect(queries.get("1")).toEqual({
      "nDCG@10": expect.closeTo(ndcg, 14),
      "recall@1": 0,
      "recall@10": 0.5,
      MRR: 0.5,
    });
    expect(queries.get("4")).toEqual({ "nDCG@10": 0, "recall@1": 0, "recall@10": 0, MRR: 0 });
    expect(means["nDCG@10"]).toBeCloseTo((ndcg + 1) / 3, 14);
    expect(means).toMatchObject({ "recall@1": 1 / 3, "recall@10": 0.5, MRR: 0.5 });
  });

  test("gives 1 to the best order of grades and less to every other", () => {
    const grades = new Map([["a", 3], ["b", 2], ["c", 1], ["d", 0]]); // biome-ignore format: a table
    expect(ndcgAt(["a", "b", "c"], grades, 10)).toBe(1);
    expect(ndcgAt(["a", "b"], grades, 2)).toBe(1);
    expect(ndcgAt(["b", "a", "c"], grades, 10)).toBeLessThan(1);
    expect(ndcgAt(["a", "d", "b", "c"], grades, 10)).toBeLessThan(1);
    expect(recallAt(["d", "a"], grades, 2)).toBe(1 / 3);
  });

  test("is refused where nothing can be measured", async () => {
    expect(() => evaluateRun(new Map(), new Map([["q", new Map([["d", 0]])]]))).toThrow(
      /no query has a relevant/,
    );
    await expect(async () => evaluateRun(new Map(), await judged)).rejects.toThrow(
      /none of the judged queries/,
    );
    await expect(async () => evaluateRun(await found, await judged, { ndcg: [0] })).rejects.toThrow(
      /options\.ndcg/,
    );
  });
});
