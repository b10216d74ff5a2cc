import type { NdArray } from "ockham/array";
import { fitLogisticRegression, stratifiedSplit } from "ockham/learn";
import {
  associativeRecall,
  evaluateListOps,
  listOps,
  listOpsTokens,
  oneHotSequences,
  pathfinder,
  selectiveCopying,
  sequentialImages,
} from "ockham/sequence";
import { expect, test } from "vitest";

const tokensOf = (text: string): number[] =>
  text.split(" ").map((token) => listOpsTokens.indexOf(token as (typeof listOpsTokens)[number]));

test.each([
  ["[MAX 2 9 [MIN 4 7 ] 0 ]", 9],
  ["[MED 1 2 8 9 ]", 5],
  ["[MED 3 1 2 ]", 2],
  ["[SM 9 9 [MAX 4 5 ] ]", 3],
  ["[MIN 4 [MED 1 4 ] ] PAD PAD", 2],
])("%s is %d", (text, value) => {
  expect(evaluateListOps(tokensOf(text))).toBe(value);
});

test.each(["[MAX 1 2", "1 ]", "[MAX ]", "3", "[MAX 1 2 ] 4", ""])("%s is refused", (text) => {
  expect(() => evaluateListOps(tokensOf(text))).toThrow(/tokens/);
});

test("lists have their value as label, lengths within bounds and classes in balance", () => {
  const { tokens, labels } = listOps({ count: 60, minLength: 20, maxLength: 60 });
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 60; i++) {
    const row = tokens.data.subarray(i * 60, (i + 1) * 60);
    expect(evaluateListOps(row)).toBe(labels[i]);
    expect(row.filter((token) => token !== 15).length).toBeGreaterThanOrEqual(20);
    counts[labels[i]!]!++;
  }
  expect(Math.max(...counts) - Math.min(...counts)).toBe(0);
});

/** Share of held-out images that a logistic regression on one number tells apart. */
async function leak(values: readonly number[], labels: Int32Array): Promise<number> {
  const { train, test: held } = stratifiedSplit(labels, 0.5);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const column = (rows: Int32Array): NdArray<"float64"> => ({
    dtype: "float64",
    shape: [rows.length, 1],
    data: Float64Array.from(rows, (row) => values[row]! - mean),
  });
  const model = await fitLogisticRegression(
    column(train),
    train.map((row) => labels[row]!),
  );
  const predicted = model.predict(column(held));
  return held.reduce((sum, row, i) => sum + Number(predicted[i] === labels[row]), 0) / held.length;
}

test("neither the brightness nor the distance of the dots of a scene tells whether they are joined", async () => {
  const count = 600;
  const { x, labels } = pathfinder({ count });
  const sums: number[] = [];
  const distances: number[] = [];
  for (let i = 0; i < count; i++) {
    const image = x.data.subarray(i * 1024, (i + 1) * 1024);
    sums.push(image.reduce((a, b) => a + b));
    const bright = Array.from(image.keys()).filter((p) => image[p] === 1);
    let far = 0;
    for (const p of bright)
      for (const q of bright)
        far = Math.max(far, Math.hypot((p % 32) - (q % 32), Math.floor(p / 32) - Math.floor(q / 32)));
    distances.push(far);
  }
  expect(labels.reduce((a, b) => a + b)).toBe(count / 2);
  // 0.55 and three deviations of a fair coin over the held-out half.
  const limit = 0.55 + 3 * Math.sqrt(0.25 / (count / 2));
  expect(await leak(sums, labels)).toBeLessThan(limit);
  expect(await leak(distances, labels)).toBeLessThan(limit);
});

test("tokens to copy come back in order", () => {
  const { tokens, targets, vocabulary } = selectiveCopying({ count: 5, length: 30, copies: 4, symbols: 6 });
  for (let i = 0; i < 5; i++) {
    const row = tokens.data.subarray(i * 34, (i + 1) * 34);
    expect(Array.from(row.filter((token) => token > 0 && token < 7))).toEqual(
      Array.from(targets.data.subarray(4 * i, 4 * i + 4)),
    );
    expect(Array.from(row.subarray(30))).toEqual([7, 7, 7, 7]);
  }
  expect(vocabulary).toBe(8);
});

test("the class of an associative sequence is the value beside the key asked for", () => {
  const { tokens, labels, classes } = associativeRecall({ count: 20, pairs: 4, keys: 9, values: 5 });
  for (let i = 0; i < 20; i++) {
    const row = Array.from(tokens.data.subarray(i * 9, (i + 1) * 9));
    expect(row[row.indexOf(row[8]!) + 1]! - 9).toBe(labels[i]);
    expect(new Set(row.filter((_, k) => k < 8 && k % 2 === 0)).size).toBe(4);
  }
  expect(classes).toBe(5);
});

test("images become sequences of pooled pixels, in the same order for all", () => {
  const images = {
    dtype: "uint8" as const,
    shape: [2, 2, 4],
    data: Uint8Array.from({ length: 16 }, (_, i) => i),
  };
  const pooled = sequentialImages(images, { pool: 2 });
  expect(pooled.shape).toEqual([2, 2, 1]);
  expect(pooled.data[0]! * 255).toBeCloseTo((0 + 1 + 4 + 5) / 4, 5);
  const plain = sequentialImages(images);
  const permuted = sequentialImages(images, { permuted: true, seed: 3 });
  const order = Array.from(permuted.data.subarray(0, 8), (value) => plain.data.indexOf(value));
  expect(new Set(order)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
  for (let l = 0; l < 8; l++) expect(permuted.data[8 + l]).toBe(plain.data[8 + order[l]!]);
  expect(() => sequentialImages(images, { pool: 3 })).toThrow("options.pool");
});

test("tokens outside of the vocabulary are refused", () => {
  const tokens = { dtype: "int32" as const, shape: [1, 3], data: Int32Array.of(0, 2, 1) };
  expect(Array.from(oneHotSequences(tokens, 3).data)).toEqual([1, 0, 0, 0, 0, 1, 0, 1, 0]);
  expect(() => oneHotSequences(tokens, 2)).toThrow("tokens.data[1]");
});
