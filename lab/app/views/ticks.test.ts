import fc from "fast-check";
import { expect, test } from "vitest";
import { logTicks, tickLabels } from "./ticks.ts";

test("an axis over many decades has powers of ten", () => {
  const ticks = logTicks(1e-8, 1, 5);
  expect(ticks).toEqual([1e-8, 1e-6, 1e-4, 1e-2, 1]);
  expect(ticks.map(tickLabels(ticks))).toEqual(["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1"]);
});

test("an axis of one decade has ticks between, in decimal numbers", () => {
  const ticks = logTicks(0.014, 0.3, 5);
  expect(ticks.map(tickLabels(ticks))).toEqual(["0.02", "0.05", "0.1", "0.2"]);
  expect(tickLabels([1000, 20_000])(20_000)).toBe("20\u2009000");
  expect(tickLabels([2e-6])(2e-6)).toBe("2·10⁻⁶");
});

test("ticks lie on the axis, and there are some where it spans a decade", () => {
  const log = fc.double({ min: -12, max: 12, noNaN: true });
  fc.assert(
    fc.property(
      log,
      fc.double({ min: 0, max: 12, noNaN: true }),
      fc.integer({ min: 2, max: 8 }),
      (a, span, most) => {
        const [low, high] = [10 ** a, 10 ** (a + span)];
        const ticks = logTicks(low, high, most);
        for (const tick of ticks) {
          expect(tick).toBeGreaterThanOrEqual(low * (1 - 1e-8));
          expect(tick).toBeLessThanOrEqual(high * (1 + 1e-8));
        }
        if (span >= 1) expect(ticks.length).toBeGreaterThan(0);
        if (span >= 3) expect(ticks.length).toBeLessThanOrEqual(most + 1);
      },
    ),
  );
});
