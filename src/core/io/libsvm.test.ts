import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { toNested } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { csrFromTriplets, toDense } from "../sparse/index.ts";
import { parseLibsvm, readLibsvm, writeLibsvm } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-libsvm-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("rows are read with labels, comments, blank lines, tabs and carriage returns", async () => {
  const { features, labels, queries } = await parseLibsvm(
    "# head\n+1 1:0.5\t3:-2e1 # tail 9:9\r\n\n-1 \r\n2.5 2:7",
  );
  expect([...labels]).toEqual([1, -1, 2.5]);
  expect(toNested(toDense(features))).toEqual([
    [0.5, 0, -20],
    [0, 0, 0],
    [0, 7, 0],
  ]);
  expect(queries).toBeUndefined();
});

test("indices count from 0 where 0 occurs or where it is said", async () => {
  expect((await parseLibsvm("1 1:5\n1 0:2")).features.cols).toBe(2);
  expect([...(await parseLibsvm("1 2:5", { zeroBased: true })).features.indices]).toEqual([2]);
  expect([...(await parseLibsvm("1 2:5")).features.indices]).toEqual([1]);
  expect((await parseLibsvm("1 2:5", { columns: 7 })).features.cols).toBe(7);
});

test("queries are given apart", async () => {
  const { queries, features } = await parseLibsvm("3 qid:1 1:1\n2 qid:4 2:1");
  expect([...queries!]).toEqual([1, 4]);
  expect(features.cols).toBe(2);
});

test.each([
  ["", {}, /^rows: holds no row/],
  ["x 1:1", {}, /line 1: expected a number as label, got "x"/],
  ["nan 1:1", {}, /line 1: expected a number as label/],
  ["1 1:1\n1 2:1 2:3", {}, /line 2: index 2 comes after 2/],
  ["1 3:1 2:3", {}, /line 1: index 2 comes after 3/],
  ["1 1:nan", {}, /line 1: expected a finite value after the colon, got "1:nan"/],
  ["1 1:", {}, /finite value after the colon/],
  ["1 :1", {}, /expected index:value/],
  ["1 5", {}, /expected index:value, got "5"/],
  ["1 -1:2", {}, /expected a whole index/],
  ["1 1e3:2", {}, /expected a whole index/],
  ["1 1:1e999", {}, /finite value/],
  ["1 qid:x 1:1", {}, /qid: and a whole number/],
  ["1 qid:1 1:1\n2 1:1", {}, /line 2: expected qid: in every row/],
  ["1 0:1", { zeroBased: false }, /line 1: index 0/],
  ["1 1:1\n1 4:1\n1 2:1", { columns: 3 }, /line 2: index 4 lies outside the 3 columns/],
])("refuses %j by its line", async (source, options, message) => {
  const error = await parseLibsvm(source, options).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InvalidInputError);
  expect((error as Error).message).toMatch(message);
});

test("what is written reads back to the last bit, however the bytes are cut", async () => {
  const row = fc.record({
    label: fc.double({ noNaN: true, noDefaultInfinity: true }),
    values: fc.array(
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((v) => v !== 0),
      { maxLength: 6 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      async (rows, cut) => {
        const at: [number[], number[], number[]] = [[], [], []];
        for (const [i, { values }] of rows.entries())
          for (const [j, value] of values.entries()) {
            at[0].push(i);
            at[1].push(2 * j);
            at[2].push(value);
          }
        const features = csrFromTriplets(rows.length, 12, ...at);
        const path = join(folder, "rows.txt");
        await writeLibsvm(path, { features, labels: Float64Array.from(rows, ({ label }) => label + 0) });
        const whole = await readLibsvm(path, { columns: 12, zeroBased: false });
        expect(whole.features).toEqual(features);
        const bytes = (await import("node:fs")).readFileSync(path);
        const pieces = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, i) =>
          Uint8Array.from(bytes.subarray(i * cut, (i + 1) * cut)),
        );
        expect(await parseLibsvm(pieces, { columns: 12 })).toEqual(whole);
        expect(await parseLibsvm(gzipSync(bytes), { columns: 12 })).toEqual(whole);
      },
    ),
    { numRuns: 20 },
  );
});

test("a writer refuses labels that do not fit and leaves no file behind", async () => {
  const features = csrFromTriplets(2, 1, [0], [0], [1]);
  const before = readdirSync(folder);
  const path = join(folder, "bad.txt");
  await expect(writeLibsvm(path, { features, labels: Float64Array.of(1) })).rejects.toThrow(/rows.labels/);
  await expect(writeLibsvm(path, { features, labels: Float64Array.of(1, Number.NaN) })).rejects.toThrow(
    /rows.labels/,
  );
  expect(readdirSync(folder)).toEqual(before);
});
