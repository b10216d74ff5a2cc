import { zlibSync } from "fflate";
import { type NdArray, requireArray } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Colour types of PNG by number of channels: grey, grey with alpha, colour, colour with alpha. */
const colourTypes: Readonly<Record<number, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 };

/** An image [height, width] or [height, width, channels], 1 to 4 channels, as the bytes of a PNG file. */
export function formatPng(image: NdArray<"uint8">): Uint8Array {
  const { shape, data } = requireArray("image", image, { dtype: "uint8" });
  const [height, width, channels = 1] = shape;
  const colour = colourTypes[channels];
  if ((shape.length !== 2 && shape.length !== 3) || !height || !width || colour === undefined)
    throw new InvalidInputError(
      "image",
      `expected shape [height, width] or [height, width, 1 to 4], got [${shape.join(", ")}]`,
    );
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8;
  header[9] = colour;
  // Each row is led by its filter, none.
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++)
    rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const parts = [
    signature,
    chunk("IHDR", header),
    chunk("IDAT", zlibSync(rows)),
    chunk("IEND", new Uint8Array(0)),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Length, name, content and check sum of name and content. */
function chunk(name: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(content, 8);
  view.setUint32(content.length + 8, crc32(bytes.subarray(4, content.length + 8)));
  return bytes;
}

/** The cyclic redundancy check of ISO 3309 that PNG prescribes. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
