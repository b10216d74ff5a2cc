import { expect, test } from "vitest";
import {
  largestSobolDimension,
  latinHypercube,
  randomStream,
  sobolPoints,
  spaceFillingPoints,
} from "./index.ts";

/** Whether each of `count` equal intervals holds one of the values. */
function onePerInterval(values: readonly number[]): boolean {
  return new Set(values.map((x) => Math.floor(x * values.length))).size === values.length;
}

const column = (points: { shape: readonly number[]; data: Float64Array }, d: number): number[] =>
  Array.from({ length: points.shape[0]! }, (_, i) => points.data[i * points.shape[1]! + d]!);

test("the first points of Sobol's sequence are the published ones", () => {
  const points = sobolPoints(5, 6).data;
  expect([...points]).toEqual([
    ...[0, 0, 0, 0, 0, 0],
    ...[0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
    ...[0.75, 0.25, 0.25, 0.25, 0.75, 0.75],
    ...[0.25, 0.75, 0.75, 0.75, 0.25, 0.25],
    ...[0.375, 0.375, 0.625, 0.875, 0.375, 0.125],
  ]);
});

test("point 1000 in 64 dimensions is that of scipy", () => {
  expect([...sobolPoints(1, 64, { first: 1000 }).data]).toEqual([
    0.2197265625, 0.0966796875, 0.5185546875, 0.6767578125, 0.2802734375, 0.9072265625, 0.0458984375,
    0.8994140625, 0.5009765625, 0.0693359375, 0.0849609375, 0.2548828125, 0.1611328125, 0.3837890625,
    0.1435546875, 0.3701171875, 0.7197265625, 0.3447265625, 0.9912109375, 0.7255859375, 0.5224609375,
    0.5498046875, 0.9501953125, 0.5400390625, 0.5830078125, 0.9072265625, 0.0400390625, 0.9794921875,
    0.0595703125, 0.3408203125, 0.1474609375, 0.1455078125, 0.2958984375, 0.5927734375, 0.8017578125,
    0.7705078125, 0.8486328125, 0.8310546875, 0.3076171875, 0.4794921875, 0.9130859375, 0.2548828125,
    0.9599609375, 0.7021484375, 0.8408203125, 0.0927734375, 0.8720703125, 0.9189453125, 0.9990234375,
    0.4794921875, 0.3525390625, 0.5166015625, 0.7529296875, 0.4384765625, 0.1259765625, 0.8916015625,
    0.4541015625, 0.0791015625, 0.8837890625, 0.5712890625, 0.4462890625, 0.6025390625, 0.2587890625,
    0.4462890625,
  ]);
});

test("pieces of the sequence join to the whole, with the shift too", () => {
  const shift = randomStream(5);
  const whole = sobolPoints(100, 7, { shift }).data;
  const parts = [sobolPoints(33, 7, { shift }), sobolPoints(67, 7, { first: 33, shift })];
  expect(Float64Array.from(parts.flatMap((part) => [...part.data]))).toEqual(whole);
  expect([...sobolPoints(1, 3, { first: 2 ** 32 - 1 }).data].every((x) => x >= 0 && x < 1)).toBe(true);
});

test("every aligned block of 2^m points has one in each interval of every coordinate, shifted or not", () => {
  for (const shift of [undefined, randomStream(1)]) {
    const points = sobolPoints(256, 64, { first: 512, ...(shift ? { shift } : {}) });
    for (let d = 0; d < 64; d++) expect(onePerInterval(column(points, d))).toBe(true);
  }
});

test("the first two coordinates of 2^(a + b) points fill a 2^a by 2^b grid", () => {
  const points = sobolPoints(256, 2, { shift: randomStream(2) });
  for (const a of [0, 2, 4, 8]) {
    const cells = new Set(
      column(points, 0).map(
        (x, i) => Math.floor(x * 2 ** a) * 256 + Math.floor(column(points, 1)[i]! * 2 ** (8 - a)),
      ),
    );
    expect(cells.size).toBe(256);
  }
});

test("integrates a smooth product in 10 dimensions far better than independent points", () => {
  const f = (x: Float64Array): number => x.reduce((product, v) => product * (1 + 0.5 * (v - 0.5)), 1);
  const error = (data: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < 4096; i++) sum += f(data.subarray(10 * i, 10 * i + 10));
    return Math.abs(sum / 4096 - 1);
  };
  const sobol = error(sobolPoints(4096, 10, { shift: randomStream(3) }).data);
  const independent = error(randomStream(3).fillUniform(new Float64Array(40960)));
  expect(sobol).toBeLessThan(1e-3);
  expect(sobol).toBeLessThan(0.3 * independent);
});

test("a Latin hypercube has one point in each interval of every coordinate", () => {
  const points = latinHypercube(randomStream(4), 37, 70);
  for (let d = 0; d < 70; d++) expect(onePerInterval(column(points, d))).toBe(true);
});

test("space-filling points say how they were made", () => {
  expect(spaceFillingPoints(randomStream(0), 8, largestSobolDimension).construction).toBe("sobol");
  expect(spaceFillingPoints(randomStream(0), 8, 65).construction).toBe("latin-hypercube");
  expect(() => sobolPoints(8, 65)).toThrow(/^dimension: /);
  expect(() => sobolPoints(8, 2, { first: -1 })).toThrow(/^options.first: /);
});
