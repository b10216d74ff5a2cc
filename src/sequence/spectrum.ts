import type { NdArray } from "../core/array/index.ts";
import { discretizeMode } from "./convolution-kernel.ts";
import type { SsmArchitecture, SsmBlock, SsmNetwork } from "./ssm-network.ts";
import { requireVector } from "./state-space.ts";

/** How much the systems of a layer amplify pure tones. */
export interface LayerGain {
  readonly layer: number;
  /** Largest and median gain over the outputs at each frequency; of S5 layers, over all inputs and outputs. */
  readonly largest: Float64Array;
  readonly median: Float64Array;
}

/**
 * Gains of the trained layers at frequencies in radians per step: the size of the transfer function of the discrete
 * system, skipped input included. h m operations a frequency, h^2 m for S5 layers.
 */
export function layerGains(
  params: SsmNetwork<NdArray>,
  architecture: Required<SsmArchitecture>,
  frequencies: Float64Array,
): LayerGain[] {
  requireVector("frequencies", frequencies);
  return params.blocks.map((block, layer) => {
    const largest = new Float64Array(frequencies.length);
    const median = new Float64Array(frequencies.length);
    for (const [k, frequency] of frequencies.entries()) {
      const gains = gainsAt(block, architecture, frequency).sort();
      largest[k] = gains.at(-1)!;
      median[k] = gains[gains.length >> 1]!;
    }
    return { layer, largest, median };
  });
}

function gainsAt(
  { ssm }: SsmBlock<NdArray>,
  { layer, discretization }: Required<SsmArchitecture>,
  frequency: number,
): Float64Array {
  const numbers = (array: NdArray): Float32Array => array.data as Float32Array;
  const [decay, tone, steps, skip] = [ssm.logDecay, ssm.frequency, ssm.logStep, ssm.skip].map(numbers) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [inRe, inIm] = [numbers(ssm.input.re), numbers(ssm.input.im)];
  const [outRe, outIm] = [numbers(ssm.output.re), numbers(ssm.output.im)];
  const width = skip.length;
  const modes = inRe.length / width;
  /** Factor of mode p, with the weight of input q and output r: w (1 / (1 - f) + 1 / (1 - conj f)) / 2. */
  const response = (own: number, step: number, q: number, r: number): [number, number] => {
    const { rate, input } = discretizeMode(
      -Math.exp(decay[own]!),
      tone[own]!,
      Math.exp(steps[step]!),
      discretization,
    );
    const b = [inRe[q]! * input.re - inIm[q]! * input.im, inRe[q]! * input.im + inIm[q]! * input.re] as const;
    const w = [b[0] * outRe[r]! - b[1] * outIm[r]!, b[0] * outIm[r]! + b[1] * outRe[r]!] as const;
    // The real part of w f^l is half of it and its conjugate: both are summed over l against exp(-i l frequency).
    const size = Math.exp(rate.re);
    let [re, im] = [0, 0];
    for (const sign of [1, -1]) {
      const angle = sign * rate.im - frequency;
      const [x, y] = [1 - size * Math.cos(angle), -size * Math.sin(angle)];
      const scale = 2 * (x * x + y * y);
      re += (w[0] * x + sign * w[1] * y) / scale;
      im += (sign * w[1] * x - w[0] * y) / scale;
    }
    return [re, im];
  };
  const outputs = layer === "s4" ? width : width * width;
  const gains = new Float64Array(outputs);
  for (let p = 0; p < outputs; p++) {
    const h = layer === "s4" ? p : Math.floor(p / width);
    const from = layer === "s4" ? p : p % width;
    let [re, im] = [h === from ? skip[h]! : 0, 0];
    for (let m = 0; m < modes; m++) {
      const own = layer === "s4" ? h * modes + m : m;
      const [x, y] = response(own, layer === "s4" ? h : m, from * modes + m, h * modes + m);
      re += x;
      im += y;
    }
    gains[p] = Math.hypot(re, im);
  }
  return gains;
}
