import type { Matrix } from "ockham/array";
import {
  cholesky,
  eig,
  eigh,
  expm,
  gram,
  lu,
  matmul,
  pivotedQr,
  qr,
  singularValues,
  solve,
  svd,
  useLapack,
} from "ockham/linalg";
import { randomStream } from "ockham/random";
import type { Race, Section } from "../support/race.ts";

const n = 512;

function inputs() {
  const data = randomStream(1, "bench").fillNormal(new Float64Array(n * n));
  const a: Matrix = { dtype: "float64", shape: [n, n], data };
  const symmetric: Matrix = {
    ...a,
    data: data.map(
      (_, p) => data[Math.max(Math.floor(p / n), p % n) * n + Math.min(Math.floor(p / n), p % n)]!,
    ),
  };
  const definite = gram(a);
  for (let i = 0; i < n; i++) definite.data[i * n + i]! += 1;
  const scaled: Matrix = { ...a, data: data.map((value) => value / n) };
  return { a, symmetric, definite, scaled };
}

/** The bars of the two providers hold for the four factorizations; the rest is reported. */
function races(): readonly Race[] {
  const { a, symmetric, definite, scaled } = inputs();
  const b = a.data.slice(0, n);
  const right: Matrix = { dtype: "float64", shape: [n, 1], data: b };
  const work: readonly (Omit<Race, "name" | "bar"> & { readonly name: string; readonly barred?: boolean })[] =
    [
      { name: "svd", barred: true, ours: () => svd(a), peer: "np.linalg.svd(a)", inputs: { a } },
      {
        name: "eigh",
        barred: true,
        ours: () => eigh(symmetric),
        peer: "np.linalg.eigh(s)",
        inputs: { s: symmetric },
      },
      { name: "qr", barred: true, ours: () => qr(a), peer: "np.linalg.qr(a)" },
      {
        name: "cholesky",
        barred: true,
        ours: () => cholesky(definite),
        peer: "np.linalg.cholesky(p)",
        inputs: { p: definite },
      },
      { name: "matmul", ours: () => matmul(a, a), peer: "a @ a" },
      { name: "solve", ours: () => solve(a, b), peer: "np.linalg.solve(a, b)", inputs: { b: right } },
      { name: "lu", ours: () => lu(a), peer: "scipy.linalg.lu(a)", setup: "import scipy.linalg" },
      { name: "pivoted qr", ours: () => pivotedQr(a), peer: "scipy.linalg.qr(a, pivoting=True)" },
      { name: "singular values", ours: () => singularValues(a), peer: "np.linalg.svd(a, compute_uv=False)" },
      { name: "eig", ours: () => eig(a), peer: "np.linalg.eig(a)" },
      { name: "expm", ours: () => expm(scaled), peer: "scipy.linalg.expm(e)", inputs: { e: scaled } },
    ];
  return [
    ["LAPACK", "auto", 1.15],
    ["portable", "portable", 30],
  ].flatMap(([label, provider, bar]) =>
    work.map(({ name, barred, ours, ...rest }) => ({
      ...rest,
      name: `${name} ${n}, ${label}`,
      ...(barred === true ? { bar: bar as number } : {}),
      ours: () => {
        useLapack(provider as string);
        return ours();
      },
    })),
  );
}

export const section: Section = { name: "dense", races };
