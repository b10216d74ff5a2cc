import fc from "fast-check";
import { expect, test } from "vitest";
import { type AxisRange, sliceOf } from "./slice-of.ts";

/** Places taken of one axis, in order. */
function places(range: AxisRange, extent: number): number[] {
  const { starts, sizes, steps, flipped } = sliceOf([range], [extent]);
  const taken = Array.from({ length: sizes[0]! }, (_, i) => starts[0]! + i * steps[0]!);
  return flipped.length > 0 ? taken.reverse() : taken;
}

test("stretches take the places that walking along the axis meets", () => {
  const bound = fc.option(fc.integer({ min: -12, max: 12 }), { nil: undefined });
  const stride = fc.integer({ min: -4, max: 4 }).filter((step) => step !== 0);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 }), bound, bound, stride, (extent, start, stop, step) => {
      const whole = (value: number) => (value < 0 ? value + extent : value);
      const [first, end] = step > 0 ? [0, extent] : [extent - 1, -1];
      const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
      const clip = (value: number) => Math.min(high, Math.max(low, value));
      const from = start === undefined ? first : clip(whole(start));
      const to = stop === undefined ? end : clip(whole(stop));
      const expected: number[] = [];
      for (let at = from; step > 0 ? at < to : at > to; at += step) expected.push(at);
      expect(places([start, stop, step], extent)).toEqual(expected);
    }),
  );
});

test("a number picks one place and drops the axis", () => {
  expect(sliceOf([-1, undefined], [3, 2])).toEqual({
    starts: [2, 0],
    sizes: [1, 2],
    steps: [1, 1],
    flipped: [],
    dropped: [0],
  });
  expect(() => sliceOf([3], [3])).toThrow("axis 3 is outside");
});
