import { InvalidInputError } from "ockham";
import { type NdArray, ndArray } from "ockham/array";
import { type Feeds, formatOnnxModel, type OnnxModel, readOnnxModel } from "ockham/compression";
import { readBytes } from "ockham/io";
import type { Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import { openOnnx } from "ockham/tensor";

const rate = 16_000;
const frame = 512;

/** Silero's network for voice activity, version 5. */
export async function loadListener(run: Run): Promise<OnnxModel> {
  const { files } = await run.dataset("silero-vad");
  return readOnnxModel(files["dist/silero_vad_v5.onnx"]!);
}

/**
 * Speech at 16 kHz, -1 to 1: eleven seconds, the first or the second half, as it was recorded, quieter and louder, with
 * noise, and with stretches of noise alone between.
 */
export async function speech(run: Run, half: "first" | "second"): Promise<Float32Array> {
  const { files } = await run.dataset("jfk-speech");
  const [path] = Object.values(files);
  const recorded = samplesOf(await readBytes(path!), path!);
  const middle = Math.floor(recorded.length / 2);
  const own = half === "first" ? recorded.subarray(0, middle) : recorded.subarray(middle);
  const stream = randomStream(0, "speech", half);
  const parts: Float32Array[] = [];
  for (const [gain, noise] of [
    [1, 0],
    [0.3, 0],
    [1, 0.01],
    [0.5, 0.02],
    [2, 0.05],
  ] as const) {
    const samples = stream.fillNormal(new Float32Array(own.length), 0, noise);
    for (const [i, value] of own.entries())
      samples[i] = Math.max(-1, Math.min(1, samples[i]! + gain * value));
    parts.push(samples, stream.fillNormal(new Float32Array(rate), 0, 0.002 + noise));
  }
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The samples of a 16-bit WAVE file of one channel. */
function samplesOf(bytes: Uint8Array, path: string): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    if (name === "data")
      return Float32Array.from(
        { length: Math.floor(size / 2) },
        (_, i) => view.getInt16(at + 8 + 2 * i, true) / 32768,
      );
    at += 8 + size + (size % 2);
  }
  throw new InvalidInputError(path, "has no samples");
}

/** What the network hears frame by frame: the probability of speech, and the inputs that it was given. */
export async function hear(
  model: OnnxModel,
  samples: Float32Array,
  signal: AbortSignal,
): Promise<{ speech: Float64Array; feeds: Feeds[] }> {
  const session = await openOnnx(formatOnnxModel(model));
  const frames = Math.floor(samples.length / frame);
  const found = new Float64Array(frames);
  const feeds: Feeds[] = [];
  let state: NdArray = ndArray("float32", [2, 1, 128], new Float32Array(256));
  const sr = ndArray("int64", [], BigInt64Array.of(BigInt(rate)));
  try {
    for (let i = 0; i < frames; i++) {
      const input = ndArray("float32", [1, frame], samples.slice(i * frame, (i + 1) * frame));
      const own = { input, state, sr };
      feeds.push(own);
      const result = await session.run(own);
      found[i] = Number(result.output!.data[0]);
      state = result.stateN!;
      if (i % 64 === 0) {
        signal.throwIfAborted();
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } finally {
    await session.release();
  }
  return { speech: found, feeds };
}

/** Share of frames that two runs take alike, as speech or not. */
export function agreement(a: Float64Array, b: Float64Array): number {
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i]! >= 0.5 === b[i]! >= 0.5) same++;
  return same / a.length;
}
