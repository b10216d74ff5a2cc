import { type DemoContext, defineDemo, type Frame } from "ockham/demo";
import { randomStream } from "ockham/random";
import {
  convolutionKernel,
  type DenseSystem,
  type DiagonalSystem,
  diagonalForm,
  hippoLegS,
  perturbThenDiagonalize,
  transferFunction,
} from "ockham/sequence";
import { fftConvolve } from "ockham/signal";
import { normalPart } from "./diagonalization.ts";

const step = 0.001;
const length = 4096;
/** Steps of the answers that are drawn. */
const drawn = 160;
const tones = 25;

export const demo = defineDemo({
  says: "HiPPO's state matrix cannot be diagonalised in floating point, so S4D diagonalises another one, which answers to most signals alike but rings at some pure tones. PTD adds a tiny perturbation instead. Sweep the tone over the frequencies and watch the errors of both answers; the spike of S4D is where it resonates.",
  shows: [
    { kind: "plot", title: "Answers to a tone" },
    { kind: "plot", title: "Relative error of the answers so far" },
    { kind: "plot", title: "Gain of the three systems" },
    { kind: "table", title: "The perturbation that was found", rows: 1 },
  ],
  controls: {
    n: {
      kind: "choice",
      label: "Order of the state",
      value: "16",
      options: { "8": "8", "16": "16", "32": "32 (some seconds)" },
    },
    gamma: {
      kind: "number",
      label: "Weight of the perturbation's size",
      value: 1,
      min: 0.1,
      max: 10,
      scale: "log",
    },
    height: {
      kind: "number",
      label: "Highest frequency",
      value: 400,
      min: 50,
      max: 1000,
      scale: "log",
      unit: "rad/s",
    },
    seed: { kind: "seed", label: "Seed", value: 0 },
  },
  async *run({ n: order, gamma, height, seed }, { signal, onProgress }: DemoContext) {
    const n = Number(order);
    const { a, b } = hippoLegS(n);
    const c = randomStream(seed, "output").fillNormal(new Float64Array(n));
    const found = await perturbThenDiagonalize(a, {
      ...{ gamma, seed, steps: 200, signal },
      onProgress: (progress) => onProgress({ ...progress, stage: "searching the perturbation" }),
    });
    const systems: readonly (DenseSystem | DiagonalSystem)[] = [
      { a, b, c },
      diagonalForm(found, b, c),
      await normalPart(n, c),
    ];
    const kernels = systems.map((system) => convolutionKernel(system, { step, length }));
    const frequencies = Float64Array.from({ length: 400 }, (_, i) => 0.5 * (height / 0.5) ** (i / 399));
    const gains = systems.map((system) => {
      const { re, im } = transferFunction(system, frequencies);
      return re.map((value, k) => Math.hypot(value, im[k]!));
    });
    // The tone climbs; the last one is where S4D is furthest off.
    const difference = gains[2]!.map((gain, k) => Math.abs(gain - gains[0]![k]!));
    const worst = frequencies[difference.indexOf(Math.max(...difference))]!;
    const sweep = Array.from({ length: tones }, (_, i) =>
      i === tones - 1 ? worst : height ** ((i + 1) / tones),
    );
    const heard: { x: number[]; ptd: number[]; s4d: number[] } = { x: [], ptd: [], s4d: [] };
    for (const [at, omega] of sweep.entries()) {
      signal.throwIfAborted();
      const u = Float64Array.from({ length }, (_, l) => Math.cos(omega * step * l));
      const [exact, ptd, s4d] = kernels.map((kernel) => fftConvolve(kernel, u).subarray(0, length)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const error = { ptd: distance(ptd, exact), s4d: distance(s4d, exact) };
      heard.x.push(omega);
      heard.ptd.push(error.ptd);
      heard.s4d.push(error.s4d);
      const order = heard.x.map((_, i) => i).toSorted((i, j) => heard.x[i]! - heard.x[j]!);
      const sorted = (values: readonly number[]): number[] => order.map((i) => values[i]!);
      const time = Float64Array.from({ length: drawn }, (_, l) => (length - drawn + l) * step);
      const views: Frame["views"] = [
        {
          kind: "plot",
          title: `Answers to a tone of ${omega.toPrecision(3)} rad/s, the end of ${length} steps`,
          x: { label: "time", unit: "s" },
          y: { label: "output" },
          series: [
            { name: "HiPPO itself", role: "reference", mark: "line", x: time, y: exact.slice(-drawn) },
            { name: "PTD", role: "method", mark: "line", x: time, y: ptd.slice(-drawn) },
            { name: "S4D", role: "baseline", mark: "line", x: time, y: s4d.slice(-drawn) },
          ],
        },
        {
          kind: "plot",
          title: "Relative error of the answers so far",
          x: { label: "frequency of the tone", unit: "rad/s", scale: "log" },
          y: { label: "relative error", scale: "log" },
          series: [
            { name: "PTD", role: "method", mark: "line", x: sorted(heard.x), y: sorted(heard.ptd) },
            { name: "S4D", role: "baseline", mark: "line", x: sorted(heard.x), y: sorted(heard.s4d) },
          ],
        },
        {
          kind: "plot",
          title: "Gain of the three systems",
          x: { label: "frequency", unit: "rad/s", scale: "log" },
          y: { label: "gain", scale: "log" },
          series: [
            { name: "HiPPO itself", role: "reference", mark: "line", x: frequencies, y: gains[0]! },
            { name: "PTD", role: "method", mark: "line", x: frequencies, y: gains[1]! },
            { name: "S4D", role: "baseline", mark: "line", x: frequencies, y: gains[2]! },
          ],
        },
        {
          kind: "table",
          title: "The perturbation that was found",
          columns: [
            { name: "order" },
            { name: "size, of the matrix", unit: "%", digits: 3 },
            { name: "condition of the eigenvectors", digits: 3 },
            { name: "residual", digits: 2 },
          ],
          rows: [[n, 100 * found.relativeNorm, found.condition, found.residual]],
        },
      ];
      yield { done: at + 1, total: tones, views };
    }
  },
});

function distance(y: Float64Array, exact: Float64Array): number {
  let [difference, size] = [0, 0];
  for (const [l, value] of exact.entries()) {
    difference += (y[l]! - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}
