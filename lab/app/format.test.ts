import { expect, test } from "vitest";
import { formatBytes, formatNumber, formatSeconds } from "./format.ts";

test.each<[number, string]>([
  [0, "0"],
  [64, "64"],
  [1234, "1234"],
  [12_345, "12\u2009345"],
  [-12_345.6, "\u221212\u2009300"],
  [0.051_97, "0.0520"],
  [1.5, "1.50"],
  [9.99e-9, "9.99e-9"],
  [3.2e9, "3.20e9"],
])("%d reads %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test("times and sizes have units", () => {
  expect(formatSeconds(1.26)).toBe("1.3\u2009s");
  expect(formatSeconds(125)).toBe("2\u2009min 5\u2009s");
  expect(formatBytes(900)).toBe("1\u2009kB");
  expect(formatBytes(5_000_000)).toBe("5.0\u2009MB");
});
