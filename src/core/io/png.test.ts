import { unzlibSync } from "fflate";
import { expect, test } from "vitest";
import { formatPng } from "./index.ts";

test("a PNG holds the header, the rows with filter 0, and check sums", () => {
  const bytes = formatPng({ dtype: "uint8", shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  const view = new DataView(bytes.buffer);
  expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  expect([view.getUint32(16), view.getUint32(20), bytes[24], bytes[25]]).toEqual([3, 2, 8, 0]);
  const length = view.getUint32(33);
  expect([...unzlibSync(bytes.subarray(41, 41 + length))]).toEqual([0, 1, 2, 3, 0, 4, 5, 6]);
  // The last chunk is the same in every PNG file.
  expect([...bytes.subarray(-12)]).toEqual([0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130]);
});

test("colour images keep their channels", () => {
  const bytes = formatPng({ dtype: "uint8", shape: [1, 1, 3], data: Uint8Array.of(9, 8, 7) });
  expect(bytes[25]).toBe(2);
});

test("other shapes are refused", () => {
  expect(() => formatPng({ dtype: "uint8", shape: [4], data: new Uint8Array(4) })).toThrow("image");
  expect(() => formatPng({ dtype: "uint8", shape: [1, 1, 5], data: new Uint8Array(5) })).toThrow("image");
});
