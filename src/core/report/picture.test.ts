import { expect, test } from "vitest";
import type { NdArray } from "../array/index.ts";
import { figureToSvg, type Picture, requirePicture } from "./index.ts";

const images = (n: number, ...size: number[]): NdArray<"uint8"> => ({
  dtype: "uint8",
  shape: [n, ...size],
  data: new Uint8Array(size.reduce((a, b) => a * b, n)).fill(7),
});
const picture: Picture = {
  id: "samples",
  title: "Samples <of> two & more",
  rows: [
    { name: "first", images: images(3, 8, 8) },
    { name: "second", images: images(2, 8, 8) },
  ],
};

test("a picture is an SVG file with a PNG and a name for each row", async () => {
  const svg = await figureToSvg(picture);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
  expect(svg).toContain("Samples &lt;of&gt; two &amp; more");
  const pngs = [...svg.matchAll(/base64,([^"]*)"/g)].map(([, text]) => Buffer.from(text!, "base64"));
  // Width and height in the header: images side by side, two pixels apart.
  expect(pngs.map((png) => [png.readUInt32BE(16), png.readUInt32BE(20)])).toEqual([
    [28, 8],
    [18, 8],
  ]);
  for (const name of ["first", "second"]) expect(svg).toContain(`>${name}</text>`);
});

test("pictures without rows, and rows of another size, are refused by name", () => {
  expect(() => requirePicture("picture", { ...picture, rows: [] })).toThrow(
    "picture.rows: expected at least one",
  );
  const odd = [...picture.rows, { name: "third", images: images(2, 8, 9) }];
  expect(() => requirePicture("picture", { ...picture, rows: odd })).toThrow(
    "picture.rows[2].images: expected images [n, 8, 8], got shape [2, 8, 9]",
  );
});
