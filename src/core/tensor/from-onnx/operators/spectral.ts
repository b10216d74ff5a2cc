import { type Complex, fft, ifft, rfft } from "../../fourier.ts";
import type { Tensor } from "../../tensor.ts";
import { type Call, entries, floating, Known, type OperatorTable, places } from "../call.ts";
import { arrayFrom } from "../known.ts";

/** Real and imaginary parts as pairs on a new last axis. */
function paired({ re, im }: Complex): Tensor {
  return re.expandDims(-1).concat([im.expandDims(-1)], -1);
}

/** The first half of the frequencies of a transform along an axis, which determine a real signal. */
function firstHalf({ re, im }: Complex, axis: number): Complex {
  const count = (re.shape[axis]! >> 1) + 1;
  return { re: re.sliceAxis(axis, 0, count), im: im.sliceAxis(axis, 0, count) };
}

/** Transform along an axis of a signal whose imaginary part may be absent. */
function forward(re: Tensor, im: Tensor | undefined, axis: number, onesided: boolean): Complex {
  if (im === undefined && onesided) return rfft(re, axis);
  const whole = fft({ re, im: im ?? re.zerosLike() }, axis);
  return onesided ? firstHalf(whole, axis) : whole;
}

function dft(call: Call): Tensor {
  const x = floating(call.x(0));
  const rank = x.shape.length;
  const parts = x.shape.at(-1)!;
  const given = call.version >= 20 ? (call.optionalNumber(2) ?? -2) : call.attributes.int("axis", 1);
  const axis = given < 0 ? given + rank : given;
  const length = call.optionalNumber(1) ?? x.shape[axis]!;
  const inverse = call.attributes.int("inverse", 0) !== 0;
  const onesided = call.attributes.int("onesided", 0) !== 0;
  // Cut or filled with zeros to the length asked for.
  const part = (i: number) => {
    const whole = x.sliceAxis(-1, i, i + 1).reshape(x.shape.slice(0, -1));
    const change = whole.shape.map((_, own) => (own === axis ? entries(length) - x.shape[axis]! : 0));
    return whole.padAxes(
      whole.shape.map(() => 0),
      change,
    );
  };
  if (!inverse)
    return paired(forward(part(0), parts === 2 ? part(1) : undefined, axis, onesided)).cast(call.x(0).dtype);
  if (onesided) return call.fail("one-sided inverse transforms are not supported");
  const re = part(0);
  return paired(ifft({ re, im: parts === 2 ? part(1) : re.zerosLike() }, axis)).cast(call.x(0).dtype);
}

function stft(call: Call): Tensor {
  const x = floating(call.x(0));
  const step = call.number(1);
  const window = call.has(2) ? floating(call.x(2)).cast(x.dtype) : undefined;
  const length =
    call.optionalNumber(3) ?? window?.shape[0] ?? call.fail("neither a window nor a frame length");
  const samples = x.shape[1]!;
  const frames = Math.floor((samples - length) / step) + 1;
  const starts = places(frames).mul(step).reshape([frames, 1]);
  const indices = starts.add(places(length));
  const part = (i: number) => {
    const signal = x.shape.length === 2 ? x : x.sliceAxis(2, i, i + 1).reshape(x.shape.slice(0, 2));
    const cut = signal.gather(indices, 1);
    return window === undefined ? cut : cut.mul(window);
  };
  const complex = x.shape.length === 3 && x.shape[2] === 2;
  const onesided = call.attributes.int("onesided", 1) !== 0;
  return paired(forward(part(0), complex ? part(1) : undefined, 2, onesided)).cast(call.x(0).dtype);
}

/** Sums of cosines with the given coefficients over the length of the window. */
function cosineWindow(...coefficients: readonly number[]): (call: Call) => Known {
  return (call) => {
    const size = call.number(0);
    entries(size);
    const periodic = call.attributes.int("periodic", 1) !== 0;
    const period = periodic ? size : size - 1;
    const values = Float64Array.from({ length: size }, (_, i) =>
      coefficients.reduce((sum, a, k) => sum + a * Math.cos((2 * Math.PI * k * i) / period), 0),
    );
    return new Known(arrayFrom(call.attributes.dtype("output_datatype", 1), [size], values));
  };
}

/** Triangular filters that are evenly spaced on the mel scale, [frequencies, bands]. */
function melWeights(call: Call): Known {
  const [bands, length, rate, low, high] = [0, 1, 2, 3, 4].map((i) => call.number(i)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const frequencies = Math.floor(length / 2) + 1;
  if (!(bands >= 1 && frequencies >= 1)) call.fail(`${bands} bands of ${frequencies} frequencies`);
  entries(bands * frequencies);
  const mel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
  const [from, to] = [mel(low), mel(high)];
  // Edges are whole frequency bins, as the standard has it.
  const edges = Array.from({ length: bands + 2 }, (_, i) => {
    const hertz = 700 * (10 ** ((from + ((to - from) * i) / (bands + 2)) / 2595) - 1);
    return Math.floor(((length + 1) * hertz) / rate);
  });
  const values = new Float64Array(frequencies * bands);
  for (let band = 0; band < bands; band++) {
    const [left, centre, right] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
    if (centre === left) values[centre * bands + band] = 1;
    else for (let j = left; j <= centre; j++) values[j * bands + band] = (j - left) / (centre - left);
    if (right > centre)
      for (let j = centre; j < right; j++) values[j * bands + band] = (right - j) / (right - centre);
  }
  return new Known(arrayFrom(call.attributes.dtype("output_datatype", 1), [frequencies, bands], values));
}

export const spectral: OperatorTable = {
  DFT: { run: dft, fixed: [1, 2] },
  STFT: { run: stft, fixed: [1, 3] },
  HannWindow: { run: cosineWindow(0.5, -0.5), fixed: [0] },
  HammingWindow: { run: cosineWindow(25 / 46, -21 / 46), fixed: [0] },
  BlackmanWindow: { run: cosineWindow(0.42, -0.5, 0.08), fixed: [0] },
  MelWeightMatrix: { run: melWeights, fixed: [0, 1, 2, 3, 4] },
};
