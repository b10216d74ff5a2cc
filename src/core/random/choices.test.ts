import { describe, expect, test } from "vitest";
import { countsTest, draws, level, sampleOf } from "../../../test/support/statistics.ts";
import {
  aliasTable,
  drawAlias,
  drawCategorical,
  multinomialResample,
  type RandomStream,
  randomStream,
  systematicResample,
} from "./index.ts";

describe("choices", () => {
  const weights = [0, 0.5, 3, 0, 1e-3, 7, 2, 0];
  const total = weights.reduce((a, b) => a + b, 0);
  const probabilities = Float64Array.from(weights, (w) => w / total);

  test("categorical draws follow the weights, by inversion and by alias table; weight 0 never comes", () => {
    const table = aliasTable(weights);
    for (const draw of [
      (s: RandomStream) => drawCategorical(s, weights),
      (s: RandomStream) => drawAlias(s, table),
    ]) {
      const sample = sampleOf("categorical", draw);
      expect(countsTest(sample, 0, probabilities)).toBeGreaterThan(level);
      expect(sample.every((index) => weights[index]! > 0)).toBe(true);
    }
  });

  test("an alias table carries the probabilities exactly", () => {
    for (const n of [1, 2, 3, 10, 1000]) {
      const stream = randomStream(2, n);
      const w = Float64Array.from({ length: n }, (_, i) => (i % 3 === 1 ? 0 : stream.exponential() ** 4));
      const { keep, alias } = aliasTable(w);
      const carried = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        carried[i]! += keep[i]! / n;
        carried[alias[i]!]! += (1 - keep[i]!) / n;
      }
      const sum = w.reduce((a, b) => a + b, 0);
      carried.forEach((p, i) => {
        expect(Math.abs(p - w[i]! / sum)).toBeLessThan(1e-13);
        if (w[i] === 0) expect(p).toBe(0);
      });
    }
  });

  test("systematic resampling of the known case, and counts within one of their share", () => {
    expect([...systematicResample([0.1, 0.2, 0.05, 0.65], 4, 0.3)]).toEqual([0, 2, 3, 3]);
    const counts = new Int32Array(weights.length);
    for (const i of systematicResample(weights, 1000, 0.77)) counts[i]!++;
    counts.forEach((count, i) => {
      expect(Math.abs(count - 1000 * probabilities[i]!)).toBeLessThan(1);
    });
  });

  test("multinomial resampling follows the weights and ascends", () => {
    const chosen = multinomialResample(randomStream(3), weights, draws);
    expect(countsTest(Float64Array.from(chosen), 0, probabilities)).toBeGreaterThan(level);
    expect(chosen.slice().sort()).toEqual(chosen);
  });

  test("whole numbers, signs, permutations and subsets are equally likely", () => {
    const equal = (cells: number): Float64Array => new Float64Array(cells).fill(1 / cells);
    expect(
      countsTest(
        sampleOf("die", (s) => s.integer(6)),
        0,
        equal(6),
      ),
    ).toBeGreaterThan(level);
    expect(
      countsTest(
        sampleOf("wide", (s) => Math.floor(s.integer(3e9) / 1e8)),
        0,
        equal(30),
      ),
    ).toBeGreaterThan(level);
    expect(
      countsTest(
        sampleOf("sign", (s) => s.sign() + 1),
        0,
        Float64Array.of(0.5, 0, 0.5),
      ),
    ).toBeGreaterThan(level);
    const order = (s: RandomStream): number => s.permutation(4).reduce((code, value) => code * 4 + value, 0);
    const codes = [...new Set(sampleOf("orders", order))].sort((a, b) => a - b);
    expect(codes.length).toBe(24);
    expect(
      countsTest(
        sampleOf("permutation", (s) => codes.indexOf(order(s))),
        0,
        equal(24),
      ),
    ).toBeGreaterThan(level);
    const pairs = ["0,1", "0,2", "0,3", "0,4", "1,2", "1,3", "1,4", "2,3", "2,4", "3,4"];
    const pair = (s: RandomStream): number => pairs.indexOf(s.subset(5, 2).join(","));
    expect(countsTest(sampleOf("subset", pair), 0, equal(10))).toBeGreaterThan(level);
  });
});
