import * as fc from "fast-check";
import { fromNested, type NdArray, ndArray } from "ockham/array";
import {
  averaging,
  breadcrumbMask,
  breadcrumbs,
  dare,
  mergeAverage,
  mergeBreadcrumbs,
  mergeDare,
  mergeTaskArithmetic,
  mergeTies,
  openMerge,
  searchMerge,
  type TensorMap,
  type TensorSource,
  taskArithmetic,
  taskVector,
  ties,
} from "ockham/compression";
import { randomStream } from "ockham/random";
import { describe, expect, test } from "vitest";
import { toFloat16 } from "./weights.ts";

const vector = (...values: number[]): NdArray =>
  ndArray("float32", [values.length], Float32Array.from(values));
const randomVector = (label: string, size: number): NdArray =>
  ndArray("float32", [size], randomStream(5, label).fillNormal(new Float32Array(size)));
const kept = (change: NdArray, mask: Uint8Array): number[] =>
  Array.from(change.data as Float32Array, (value, i) => Number((mask[i] ? value : 0).toFixed(4)));
const masking = { keep: 0.4, removeTop: 0.2 } as const;

describe("known answers", () => {
  test("of the mask of a vector", () => {
    const tau = vector(0.9, -0.1, 0.5, 0.02, -0.7, 0.3, 0.05, -0.4, 0.2, 0.6);
    expect(kept(tau, breadcrumbMask(tau, masking))).toEqual([0, 0, 0.5, 0, 0, 0.3, 0, -0.4, 0, 0.6]);
  });

  test("of the mask of a matrix, by rows and as a whole", () => {
    const tau = fromNested([
      [0.9, -0.1, 0.5, 0.02, -0.7],
      [0.3, 0.05, -0.4, 0.2, 0.6],
      [1.2, -1.1, 0.01, 0.8, -0.33],
      [0.07, 0.11, -0.25, 0.45, -0.65],
    ]);
    const rows = [
      [0, 0, 0.5, 0, -0.7],
      [0.3, 0, -0.4, 0, 0],
      [0, -1.1, 0, 0.8, 0],
      [0, 0, -0.25, 0.45, 0],
    ];
    const whole = [
      [0, 0, 0.5, 0, -0.7],
      [0.3, 0, -0.4, 0, 0.6],
      [0, 0, 0, 0, -0.33],
      [0, 0, 0, 0.45, -0.65],
    ];
    expect(kept(tau, breadcrumbMask(tau, { ...masking, granularity: "row" }))).toEqual(rows.flat());
    expect(kept(tau, breadcrumbMask(tau, masking))).toEqual(whole.flat());
  });

  test("of TIES", async () => {
    const base = { w: vector(0, 0, 0, 0, 0) };
    const tuned = [
      [1, -2, 0.5, 0, 3],
      [-1, -1, 0.2, 0.4, 2],
      [0.5, 3, -0.1, -0.3, -4],
    ].map((row) => ({ w: vector(...row) }));
    const { merged } = await mergeTies(base, tuned, { keep: 0.6 });
    expect([...(merged.w!.data as Float32Array)]).toEqual([0.75, 3, 0, 0, 2.5]);
  });

  test("of a merge that keeps everything", async () => {
    const { merged } = await mergeBreadcrumbs(
      { w: vector(1, 1) },
      [{ w: vector(2, 0) }, { w: vector(1, 3) }],
      {
        alpha: 0.5,
        keep: 1,
        removeTop: 0,
      },
    );
    expect([...(merged.w!.data as Float32Array)]).toEqual([1.5, 1.5]);
  });
});

test("the mask is that of a full sort, whatever the ties, and keeps exactly its share", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9000 }),
      fc.double({ min: 0.05, max: 0.6, noNaN: true }),
      fc.double({ min: 0, max: 0.4, noNaN: true }),
      fc.integer({ min: 1, max: 50 }),
      (size, keep, removeTop, levels) => {
        const stream = randomStream(size, levels);
        const values = Float32Array.from(
          { length: size },
          () => (stream.integer(2 * levels) - levels) / levels,
        );
        const mask = breadcrumbMask(ndArray("float32", [size], values), { keep, removeTop });
        const order = [...values.keys()].sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b);
        const [removed, count] = [Math.floor(size * removeTop + 1e-9), Math.floor(size * keep + 1e-9)];
        const expected = new Uint8Array(size);
        for (const i of order.slice(removed, removed + count)) expected[i] = 1;
        expect(mask).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

test("TIES keeps its share over all tensors together", async () => {
  const base = { a: vector(0, 0, 0), b: vector(0, 0, 0) };
  const { report, merged } = await mergeTies(base, [{ a: vector(1, 2, 3), b: vector(3, 3, 0.5) }], {
    keep: 0.5,
  });
  expect(report.map((row) => row.kept)).toEqual([1, 2]);
  expect([...(merged.b!.data as Float32Array)]).toEqual([3, 3, 0]);
});

describe("merging", () => {
  const base = { w: vector(1, 2, 3, 4), n: ndArray("int32", [2], Int32Array.of(7, 8)), head: vector(0, 0) };
  const tuned = [
    { ...base, w: vector(2, 2, 3, 4), n: ndArray("int32", [2], Int32Array.of(1, 1)), head: vector(1, 1) },
    { ...base, w: vector(1, 2, 5, 4), head: vector(2, 2) },
  ];

  test("takes whole numbers and what is excluded from the base", async () => {
    const { merged } = await mergeTaskArithmetic(base, tuned, { alpha: 1, exclude: "head*" });
    expect([...(merged.w!.data as Float32Array)]).toEqual([2, 2, 5, 4]);
    expect(merged.n).toEqual(base.n);
    expect(merged.head).toEqual(base.head);
    const average = await mergeAverage(base, tuned);
    expect([...(average.merged.w!.data as Float32Array)]).toEqual([1.5, 2, 4, 4]);
  });

  test("keeps half precision", async () => {
    const halves = (...values: number[]) => ndArray("float16", [2], Uint16Array.from(values, toFloat16));
    const { merged } = await mergeTaskArithmetic({ w: halves(1, 2) }, [{ w: halves(2, 2) }], { alpha: 0.5 });
    expect(merged.w).toEqual(halves(1.5, 2));
  });

  test("warns of a model that is its base, and of one of another base", async () => {
    const { warnings } = await mergeTaskArithmetic({ w: vector(1, 2) }, [
      { w: vector(1, 2) },
      { w: vector(9, -9) },
    ]);
    expect(warnings[0]).toMatch(/model 1 is the same/);
    expect(warnings[1]).toMatch(/model 2 differs .* not a fine-tuning/);
    const small = await mergeBreadcrumbs({ w: vector(1, 2) }, [{ w: vector(1, 3) }]);
    expect(small.warnings.join()).toMatch(/nothing is kept of 1 of 1/);
  });

  test("refuses models of other shapes, types and names, and what is not finite", async () => {
    const cases: [object, RegExp][] = [
      [{ ...base, w: vector(1, 2) }, /tensor "w": is float32\[4\] in the base and float32\[2\] in model 1/],
      [{ w: base.w, n: base.n }, /tensor "head": is in the base, but not in model 1/],
      [{ ...base, extra: vector(1) }, /tensor "extra": is in model 1, but not in the base/],
      [
        { ...base, w: vector(1, Number.NaN, 3, 4) },
        /"w of model 1": has 1 non-finite values, first at \[1\]/,
      ],
    ];
    for (const [model, message] of cases)
      await expect(mergeTaskArithmetic(base, [model as typeof base])).rejects.toThrow(message);
    const lacking = await mergeTaskArithmetic(base, [{ w: base.w, n: base.n }], { allowMissing: true });
    expect(lacking.merged.head).toEqual(base.head);
    await expect(mergeBreadcrumbs(base, tuned, { keep: 0.9, removeTop: 0.2 })).rejects.toThrow(
      /keep \+ options.removeTop/,
    );
    await expect(mergeBreadcrumbs(base, tuned, { include: "none" })).rejects.toThrow(/options.include/);
    expect(() => taskVector(base, { ...base, w: vector(1) })).toThrow(/tuned.w/);
  });

  test("writes over what is read anew, never over what is given", async () => {
    const random = (label: string) => ({ w: randomVector(label, 5000) });
    const [base, ...tuned] = ["base", "a", "b"].map(random) as [{ w: NdArray }, ...{ w: NdArray }[]];
    const before = JSON.stringify([base, ...tuned].map(({ w }) => Array.from(w!.data as Float32Array)));
    const source = (label: string, tensors: TensorMap): TensorSource => ({
      label,
      types: new Map(Object.entries(tensors)),
      read: (name) => ({ ...tensors[name]!, data: tensors[name]!.data.slice() }) as NdArray,
      fresh: true,
    });
    for (const method of [breadcrumbs(), taskArithmetic(), ties(), dare(), averaging()]) {
      const merge = async (one: (label: string, tensors: TensorMap) => TensorSource) => {
        const open = await openMerge(
          one("base", base),
          tuned.map((tensors, i) => one(`model ${i}`, tensors)),
          method,
        );
        return { merged: await open.make("w"), report: open.report };
      };
      const kept = (label: string, tensors: TensorMap): TensorSource => ({
        ...source(label, tensors),
        read: (name) => tensors[name]!,
        fresh: false,
      });
      expect(await merge(source)).toEqual(await merge(kept));
    }
    expect(JSON.stringify([base, ...tuned].map(({ w }) => Array.from(w!.data as Float32Array)))).toBe(before);
    const spoilt = { w: { ...tuned[0]!.w!, data: (tuned[0]!.w!.data as Float32Array).slice() } } as TensorMap;
    (spoilt.w!.data as Float32Array).set([Number.NaN, 1, Number.POSITIVE_INFINITY], 7);
    const open = await openMerge(source("base", base), [source("a", spoilt)], breadcrumbs());
    await expect(open.make("w")).rejects.toThrow(/w of a": has 2 non-finite values, first at \[7\]/);
  });

  test("by DARE drops its share and keeps the sum in the mean", async () => {
    const size = 20_000;
    const zero = { w: ndArray("float32", [size], new Float32Array(size)) };
    const one = { w: ndArray("float32", [size], new Float32Array(size).fill(1)) };
    const { merged, report } = await mergeDare(zero, [one], { alpha: 1, drop: 0.9, seed: 3 });
    expect(Math.abs(report[0]!.kept / size - 0.1)).toBeLessThan(0.01);
    const values = merged.w!.data as Float32Array;
    const mean = values.reduce((sum: number, value: number) => sum + value, 0) / size;
    expect(Math.abs(mean - 1)).toBeLessThan(0.1);
  });

  test("a search gives the best setting", async () => {
    const { best, table } = await searchMerge(
      (alpha: number) => mergeTaskArithmetic(base, tuned, { alpha }),
      (merged) => -Math.abs((merged.w!.data[0] as number) - 1.5),
      [0.1, 0.5, 1],
    );
    expect(best).toBe(0.5);
    expect(table.length).toBe(3);
  });
});
