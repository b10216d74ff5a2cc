import type { Matrix } from "ockham/array";
import { diagonalForcing, kolmogorovForcing, navierStokes2d } from "ockham/pde";
import { periodicGaussianField, randomStream } from "ockham/random";
import { describe, expect, test } from "vitest";

const field = (n: number, length: number, value: (x: number, y: number) => number): Matrix => ({
  dtype: "float64",
  shape: [n, n],
  data: Float64Array.from({ length: n * n }, (_, k) =>
    value((length * Math.floor(k / n)) / n, (length * (k % n)) / n),
  ),
});
const largest = (values: Iterable<number>) => Math.max(...Array.from(values, Math.abs));
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("two-dimensional Navier-Stokes flow", () => {
  test("of a Taylor-Green vortex decays as exp(-2 viscosity t), to second order in the step", async () => {
    const length = 2 * Math.PI;
    const w0 = field(16, length, (x, y) => 2 * Math.sin(x) * Math.sin(y));
    const errors: number[] = [];
    for (const dt of [0.1, 0.05]) {
      const flow = await navierStokes2d(w0, { viscosity: 0.5, time: 1, dt, length, frames: 2 });
      expect(flow.times).toEqual(Float64Array.of(0.5, 1));
      const end = flow.vorticity.data.subarray(256);
      errors.push(largest(end.map((w, i) => w - Math.exp(-1) * w0.data[i]!)));
    }
    expect(errors[1]!).toBeLessThan(1e-3);
    expect(errors[0]! / errors[1]!).toBeCloseTo(4, 1);
  });

  test("leaves a shear flow alone where there is no viscosity", async () => {
    const length = 2 * Math.PI;
    const w0 = field(12, length, (_, y) => Math.cos(y));
    const { vorticity } = await navierStokes2d(w0, { viscosity: 0, time: 1, dt: 0.05, length });
    expect(largest(vorticity.data.map((w, i) => w - w0.data[i]!))).toBeLessThan(1e-12);
  });

  test("conserves enstrophy and mean without viscosity, to second order or better in the step", async () => {
    const n = 32;
    const smooth = field(
      n,
      2 * Math.PI,
      (x, y) => Math.sin(x) * Math.cos(2 * y) + Math.cos(3 * x + y) + Math.sin(2 * x),
    );
    const drift: number[] = [];
    for (const dt of [0.02, 0.01]) {
      const { vorticity } = await navierStokes2d(smooth, {
        viscosity: 0,
        time: 0.5,
        dt,
        length: 2 * Math.PI,
      });
      expect(Math.abs(mean(vorticity.data))).toBeLessThan(1e-14);
      const enstrophy = (w: Float64Array) => mean(w.map((value) => value * value));
      drift.push(Math.abs(enstrophy(vorticity.data) - enstrophy(smooth.data)) / enstrophy(smooth.data));
    }
    expect(drift[1]!).toBeLessThan(1e-4);
    expect(drift[0]! / drift[1]!).toBeGreaterThan(3.5);
  });

  test("of a forced, damped mode comes to rest at forcing / (viscosity k^2 + drag)", async () => {
    const n = 16;
    const { vorticity } = await navierStokes2d(
      field(n, 1, () => 0),
      {
        viscosity: 0.1,
        drag: 0.1,
        time: 60,
        dt: 0.2,
        length: 2 * Math.PI,
        forcing: kolmogorovForcing(n),
      },
    );
    const rest = field(n, 2 * Math.PI, (_, y) => (-4 * Math.cos(4 * y)) / (0.1 * 16 + 0.1));
    expect(largest(vorticity.data.map((w, i) => w - rest.data[i]!))).toBeLessThan(1e-10);
  });

  test("converges to one flow as the grid is refined", async () => {
    const solve = async (n: number) => {
      const w0 = field(n, 1, (x, y) => Math.sin(2 * Math.PI * x) * Math.cos(4 * Math.PI * y));
      const options = { viscosity: 5e-3, time: 1, dt: 0.01, forcing: diagonalForcing(n) };
      return (await navierStokes2d(w0, options)).vorticity.data;
    };
    const coarse = await solve(24);
    const fine = await solve(48);
    const at = (i: number, j: number) => fine[2 * i * 48 + 2 * j]!;
    expect(largest(coarse.map((w, k) => w - at(Math.floor(k / 24), k % 24))) / largest(fine)).toBeLessThan(
      1e-6,
    );
  });

  test("says when the step is too large, instead of giving values that are not finite", async () => {
    const w0 = periodicGaussianField(randomStream(0), 16);
    const wild = { ...w0, data: w0.data.map((value) => 1e9 * value) };
    await expect(navierStokes2d(wild, { time: 50, dt: 1 })).rejects.toThrow(/smaller options.dt/);
  });
});
