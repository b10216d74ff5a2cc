import { type NdArray, ndArray } from "ockham/array";
import { type Feeds, formatOnnxModel, type OnnxModel, readOnnxModel } from "ockham/compression";
import { loadMobyDick } from "ockham/data";
import { readBytes } from "ockham/io";
import type { Run } from "ockham/paper";
import { type RandomStream, randomStream } from "ockham/random";
import { openOnnx } from "ockham/tensor";

/** Lines of print as the network takes them, and what they say. */
export interface Print {
  readonly lines: readonly string[];
  /** Float32 [1, 3, 48, 640] each. */
  readonly images: readonly NdArray<"float32">[];
}

export interface Reader {
  readonly model: OnnxModel;
  /** Characters of the network's classes; the first is none. */
  readonly alphabet: readonly string[];
}

const [height, width] = [48, 640];

/** PaddleOCR's network for recognition of lines. */
export async function loadReader(run: Run): Promise<Reader> {
  const { files } = await run.dataset("ppocr-v4");
  const keys = new TextDecoder().decode(await readBytes(files["assets/ppocr_keys_v1.txt"]!));
  return {
    model: await readOnnxModel(files["assets/ch_PP-OCRv4_rec_infer.onnx"]!),
    alphabet: ["", ...keys.replace(/\r/g, "").replace(/\n$/, "").split("\n"), " "],
  };
}

/** Whether lines of text can be drawn here: the renderer is a development dependency. */
export async function renderer(): Promise<typeof import("@resvg/resvg-js") | undefined> {
  return import("@resvg/resvg-js").catch(() => undefined);
}

/** Lines of Moby Dick set in two typefaces and several sizes, grey and noisy as a scan is. */
export async function printedLines(
  run: Run,
  { Resvg }: typeof import("@resvg/resvg-js"),
  count: number,
  part: string,
): Promise<Print> {
  const { files } = await run.dataset("dejavu-fonts");
  const text = await loadMobyDick({ signal: run.signal });
  const candidates = text.split(/\r?\n/).map((line) => line.trim());
  const stream = randomStream(0, "printed lines", part);
  const lines: string[] = [];
  const images: NdArray<"float32">[] = [];
  const fontFiles = [files["ttf/DejaVuSans.ttf"]!, files["ttf/DejaVuSerif.ttf"]!];
  while (lines.length < count) {
    const whole = candidates[stream.integer(candidates.length)]!;
    const line = /^[\x21-\x7e][\x20-\x7e]{14,}/.exec(whole)?.[0].slice(0, 34).trim();
    if (line === undefined || line.includes("_") || line.includes("  ")) continue;
    const family = stream.integer(2) === 0 ? "DejaVu Sans" : "DejaVu Serif";
    const size = 22 + stream.integer(7);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#e8e4da"/><text x="8" y="${33 + stream.integer(3)}" font-family="${family}" font-size="${size}" fill="#2b2b30">${escaped(line)}</text></svg>`;
    const { pixels } = new Resvg(svg, { font: { fontFiles, loadSystemFonts: false } }).render();
    lines.push(line);
    images.push(scanned(pixels, stream));
    if (lines.length % 8 === 0) {
      run.signal.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { lines, images };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Red, green and blue from -1 to 1, with noise. */
function scanned(pixels: Uint8Array, stream: RandomStream): NdArray<"float32"> {
  const size = height * width;
  const noise = stream.fillNormal(new Float32Array(size), 0, 14);
  const data = new Float32Array(3 * size);
  for (let channel = 0; channel < 3; channel++)
    for (let i = 0; i < size; i++)
      data[channel * size + i] = Math.min(255, Math.max(0, pixels[4 * i + channel]! + noise[i]!)) / 127.5 - 1;
  return ndArray("float32", [1, 3, height, width], data);
}

export const feedsOf = ({ images }: Print): Feeds[] => images.map((x) => ({ x }));

/** Share of the characters that a model reads right: one minus edits over characters. */
export async function readingAccuracy(
  model: OnnxModel,
  { alphabet }: Reader,
  print: Print,
  signal: AbortSignal,
): Promise<number> {
  const session = await openOnnx(formatOnnxModel(model), { threads: 2 });
  let edits = 0;
  let characters = 0;
  try {
    for (const [i, line] of print.lines.entries()) {
      signal.throwIfAborted();
      const output = Object.values(await session.run({ x: print.images[i]! }))[0]!;
      edits += editDistance(line, decoded(output, alphabet));
      characters += line.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await session.release();
  }
  return 1 - edits / characters;
}

/** The likeliest class of every place, repetitions and blanks taken out. */
function decoded({ data, shape }: NdArray, alphabet: readonly string[]): string {
  const [, places, classes] = shape as [number, number, number];
  let text = "";
  let last = 0;
  for (let place = 0; place < places; place++) {
    const row = (data as Float32Array).subarray(place * classes, (place + 1) * classes);
    let best = 0;
    for (let i = 1; i < classes; i++) if (row[i]! > row[best]!) best = i;
    if (best !== last) text += alphabet[best] ?? "";
    last = best;
  }
  return text.trim();
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}
