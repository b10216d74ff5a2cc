import { expect, test } from "vitest";
import { randomStream } from "../random/index.ts";
import { startSimdKernel } from "./simd.ts";
import { smoothPlan } from "./smooth.ts";

test.each([2, 3, 4, 5, 60, 128, 1000])(
  "the SIMD passes of length %d give the plain ones' numbers to the last bit",
  (length) => {
    const kernel = startSimdKernel()!;
    const lanes = 6;
    const size = length * lanes;
    const plan = smoothPlan(length);
    const stream = randomStream(length);
    let [xr, xi, yr, yi] = Array.from({ length: 4 }, () => stream.fillNormal(new Float64Array(size))) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    kernel.xr.set(xr);
    kernel.xi.set(xi);
    let width = lanes;
    let flipped = false;
    for (const { length: rest, radix, pass, twiddles, first } of plan.steps) {
      kernel.twiddles.set(twiddles, first);
      expect(kernel.run(radix, rest, width, flipped, first)).toBe(true);
      pass(rest, width, xr, xi, yr, yi, twiddles);
      [xr, xi, yr, yi] = [yr, yi, xr, xi];
      flipped = !flipped;
      width *= radix;
    }
    expect((flipped ? kernel.yr : kernel.xr).subarray(0, size)).toEqual(xr);
    expect((flipped ? kernel.yi : kernel.xi).subarray(0, size)).toEqual(xi);
  },
);

test("radices without a SIMD pass are left to the plain ones", () => {
  expect(startSimdKernel()!.run(7, 7, 2, false, 0)).toBe(false);
});
