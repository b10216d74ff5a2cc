import type { Figure, Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import {
  convolutionKernel,
  type DenseSystem,
  type DiagonalSystem,
  diagonalForm,
  ginibrePerturbation,
  hInfinityError,
  hippoLegS,
  type PtdResult,
  perturbThenDiagonalize,
  stateModes,
  transferFunction,
} from "ockham/sequence";
import { fftConvolve } from "ockham/signal";

/** Weight of the perturbation's norm and steps of the search, by order. */
const searches = [
  { n: 8, gamma: 3, steps: 400 },
  { n: 16, gamma: 1, steps: 400 },
  { n: 32, gamma: 1, steps: 400 },
  { n: 64, gamma: 0.3, steps: 600 },
];

/** Where the fastest mode of the normal part of order 32 turns, and the next one. */
const spikes = [325.4263155, 107.08];

export interface Diagonalized {
  readonly n: number;
  readonly hippo: DenseSystem;
  readonly found: PtdResult;
  readonly ptd: DiagonalSystem;
  readonly shortcut: DiagonalSystem;
}

/** The systems of all orders, read out at their last state. */
export async function diagonalizations(run: Run, from: number, to: number): Promise<Diagonalized[]> {
  const results: Diagonalized[] = [];
  for (const [i, { n, gamma, steps }] of searches.entries()) {
    const { a, b } = hippoLegS(n);
    const c = Float64Array.from({ length: n }, (_, j) => Number(j === n - 1));
    const part = (to - from) / searches.length;
    const found = await perturbThenDiagonalize(a, {
      ...{ gamma, steps, seed: run.seed },
      ...run.stage(`diagonalizing order ${n}`, from + i * part, from + (i + 1) * part),
    });
    results.push({
      n,
      hippo: { a, b, c },
      found,
      ptd: diagonalForm(found, b, c),
      shortcut: await normalPart(n, c),
    });
  }
  return results;
}

/** S4D: the normal part of HiPPO with half of b, all modes. */
export async function normalPart(n: number, c: Float64Array): Promise<DiagonalSystem> {
  const { eigenvalues, vectors, input } = await stateModes({ stateSize: n, init: "s4d-legs" });
  const m = eigenvalues.re.length;
  const mirrored = (values: Float64Array, sign: number) =>
    Float64Array.from({ length: n }, (_, j) => values[j >> 1]! * (j % 2 === 1 ? sign : 1));
  const output = { re: new Float64Array(m), im: new Float64Array(m) };
  for (const part of ["re", "im"] as const)
    for (let j = 0; j < m; j++)
      for (let i = 0; i < n; i++) output[part][j]! += c[i]! * vectors[part].data[i * m + j]!;
  const both = (v: { readonly re: Float64Array; readonly im: Float64Array }) => ({
    re: mirrored(v.re, 1),
    im: mirrored(v.im, -1),
  });
  return { eigenvalues: both(eigenvalues), b: both(input), c: both(output) };
}

/** Largest distance of transfer functions from HiPPO's over frequencies up to beyond the fastest mode. */
function supremum({ n, hippo }: Diagonalized, system: DiagonalSystem): { value: number; omega: number } {
  return hInfinityError(hippo, system, { from: 0.1, to: n <= 32 ? 600 : 2400 });
}

export interface UniformErrors {
  readonly ptd: number;
  readonly shortcut: number;
  /** Distance of both with weights scaled to one, over the bound (2 ln n + 4) |e|. */
  readonly overBound: number;
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
}

/** Strong and weak convergence to HiPPO as the order grows. */
export function convergence(systems: readonly Diagonalized[]): UniformErrors {
  const pointwise = (one: Diagonalized, system: DiagonalSystem): number => {
    const at = Float64Array.of(1, 10);
    const [exact, own] = [transferFunction(one.hippo, at), transferFunction(system, at)];
    return Math.max(...at.map((_, k) => Math.hypot(exact.re[k]! - own.re[k]!, exact.im[k]! - own.im[k]!)));
  };
  const rows = systems.map((one) => {
    const [ours, theirs] = [supremum(one, one.ptd), supremum(one, one.shortcut)];
    return {
      n: one.n,
      ours: ours.value,
      theirs: theirs.value,
      omega: theirs.omega,
      weakOurs: pointwise(one, one.ptd),
      weakTheirs: pointwise(one, one.shortcut),
    };
  });
  const at32 = rows.find(({ n }) => n === 32)!;
  const bounds = systems.map((one) => ({ n: one.n, ...scaledBound(one) }));
  return {
    ptd: at32.ours,
    shortcut: at32.theirs,
    overBound: Math.max(...bounds.map(({ value, bound }) => value / bound)),
    tables: [
      {
        id: "convergence",
        title:
          "Distance of transfer functions from HiPPO-LegS: largest over all frequencies, and at 1 and 10",
        columns: [
          { name: "order" },
          { name: "PTD, largest", digits: 3 },
          { name: "S4D, largest", digits: 3 },
          { name: "S4D's worst frequency", digits: 5 },
          { name: "PTD at 1 and 10", digits: 3 },
          { name: "S4D at 1 and 10", digits: 3 },
        ],
        rows: rows.map((row) => [row.n, row.ours, row.theirs, row.omega, row.weakOurs, row.weakTheirs]),
      },
      {
        id: "backward-stability",
        title: "Distance with input and output weights of norm one against the bound (2 ln n + 4) |E|",
        columns: [{ name: "order" }, { name: "distance", digits: 3 }, { name: "bound", digits: 3 }],
        rows: bounds.map(({ n, value, bound }) => [n, value, bound]),
      },
    ],
    figures: [responses(systems.find(({ n }) => n === 32)!), convergenceFigure(rows)],
  };
}

function scaledBound({ n, hippo, found }: Diagonalized): { value: number; bound: number } {
  const draws = randomStream(n, "weights");
  const [b, c] = [draws.fillNormal(new Float64Array(n)), draws.fillNormal(new Float64Array(n))];
  const size = ({ re, im }: { re: Float64Array; im: Float64Array }): number => Math.hypot(...re, ...im);
  const raw = diagonalForm(found, b, c);
  const [own, out] = [b.map((value) => value / size(raw.b)), c.map((value) => value / size(raw.c))];
  const { value } = hInfinityError({ ...hippo, b: own, c: out }, diagonalForm(found, own, out), {
    from: 1e-2,
    to: 1e4,
  });
  return { value, bound: (2 * Math.log(n) + 4) * found.norm };
}

function responses({ hippo, ptd, shortcut }: Diagonalized): Figure {
  const omega = Float64Array.from({ length: 400 }, (_, i) => 0.1 * 6000 ** (i / 399));
  for (const [k, spike] of spikes.entries()) omega[399 - k] = spike;
  omega.sort();
  const gains = (system: DenseSystem | DiagonalSystem): number[] => {
    const { re, im } = transferFunction(system, omega);
    return Array.from(re, (value, k) => Math.hypot(value, im[k]!));
  };
  const line = (name: string, system: DenseSystem | DiagonalSystem) => ({
    ...{ name, mark: "line" as const, x: Array.from(omega), y: gains(system) },
  });
  return {
    id: "transfer-functions",
    title: "Transfer functions at order 32, last state",
    x: { label: "angular frequency", scale: "log" },
    y: { label: "gain", scale: "log" },
    series: [line("HiPPO-LegS", hippo), line("PTD", ptd), line("S4D", shortcut)],
  };
}

function convergenceFigure(
  rows: readonly { n: number; ours: number; theirs: number; weakOurs: number; weakTheirs: number }[],
): Figure {
  const line = (name: string, value: (row: (typeof rows)[number]) => number) => ({
    ...{ name, mark: "line" as const, x: rows.map(({ n }) => n), y: rows.map(value) },
  });
  return {
    id: "convergence",
    title: "Strong and weak convergence to HiPPO-LegS",
    x: { label: "order", scale: "log" },
    y: { label: "distance", scale: "log" },
    series: [
      line("PTD, all frequencies", ({ ours }) => ours),
      line("S4D, all frequencies", ({ theirs }) => theirs),
      line("PTD at 1 and 10", ({ weakOurs }) => weakOurs),
      line("S4D at 1 and 10", ({ weakTheirs }) => weakTheirs),
    ],
  };
}

export interface ToneErrors {
  /** Relative error of the output for the tone at the fastest mode, a value a seed. */
  readonly ptd: number[];
  readonly shortcut: number[];
  readonly table: Table;
}

/** What the systems of order 32 make of a pure tone at the frequencies where S4D resonates. */
export async function tones(
  { n, hippo, found }: Diagonalized,
  seeds: readonly number[],
): Promise<ToneErrors> {
  const [step, length] = [0.001, 4096];
  const rows: (string | number)[][] = [];
  const result = { ptd: [] as number[], shortcut: [] as number[] };
  for (const seed of seeds) {
    const c = randomStream(seed, "output").fillNormal(new Float64Array(n));
    const systems = [{ ...hippo, c }, diagonalForm(found, hippo.b, c), await normalPart(n, c)];
    const kernels = systems.map((system) => convolutionKernel(system, { step, length }));
    for (const [k, omega] of spikes.entries()) {
      const u = Float64Array.from({ length }, (_, l) => Math.cos(omega * step * l));
      const [exact, ours, theirs] = kernels.map((kernel) => fftConvolve(kernel, u).subarray(0, length));
      const error = (y: Float64Array): number => {
        let [difference, size] = [0, 0];
        for (let l = 0; l < length; l++) {
          difference += (y[l]! - exact![l]!) ** 2;
          size += exact![l]! ** 2;
        }
        return Math.sqrt(difference / size);
      };
      rows.push([seed, omega, error(ours!), error(theirs!)]);
      if (k > 0) continue;
      result.ptd.push(error(ours!));
      result.shortcut.push(error(theirs!));
    }
  }
  return {
    ...result,
    table: {
      id: "tones",
      title: "Relative error of the answer to a pure tone over 4096 steps of 0.001, order 32",
      columns: [
        ...[{ name: "seed" }, { name: "frequency" }],
        ...[
          { name: "PTD", digits: 3 },
          { name: "S4D", digits: 4 },
        ],
      ],
      rows,
    },
  };
}

/** What was found at each order, with a random perturbation of the same size beside it. */
export function searchTable(systems: readonly Diagonalized[]): Table {
  return {
    id: "diagonalizations",
    title: "Perturbed HiPPO-LegS matrices",
    columns: [
      { name: "order" },
      { name: "condition", digits: 4 },
      { name: "relative size of E", digits: 3 },
      { name: "largest real part", digits: 3 },
      { name: "residual", digits: 2 },
      { name: "condition, random E", digits: 4 },
      { name: "largest real part, random E", digits: 3 },
    ],
    rows: systems.map(({ n, hippo, found }) => {
      const random = ginibrePerturbation(hippo.a, { relativeNorm: found.relativeNorm });
      return [
        ...[n, found.condition, found.relativeNorm, Math.max(...found.eigenvalues.re), found.residual],
        ...[random.condition, Math.max(...random.eigenvalues.re)],
      ];
    }),
  };
}
