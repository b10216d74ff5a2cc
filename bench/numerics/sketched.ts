import { lstsq, setBlasThreads, walshHadamard } from "ockham/linalg";
import { sketchedLeastSquares } from "ockham/optim";
import { randomStream } from "ockham/random";
import type { Race, Section } from "../support/race.ts";

const [n, d, m] = [2 ** 17, 100, 1600];

const setup = `
import scipy.linalg.lapack as lapack
generator = np.random.default_rng(1)
A = np.asfortranarray(generator.standard_normal((${n}, ${d})))
b = generator.standard_normal(${n})
`;

/** Least squares against LAPACK's on one thread each: start it with OPENBLAS_NUM_THREADS=1. */
function races(): readonly Race[] {
  setBlasThreads(1);
  const stream = randomStream(1, "sketched");
  const a = { dtype: "float64", shape: [n, d], data: stream.fillNormal(new Float64Array(n * d)) } as const;
  const b = stream.fillNormal(new Float64Array(n));
  const buffer = stream.fillNormal(new Float64Array(2 ** 22));
  const rounds = 5;
  const peer = "lapack.dgels(A, b)";
  return [
    {
      name: `sketched least squares, ${n} x ${d}, ${m} rows, and dgels of all`,
      bar: 1.5,
      setup,
      ours: () => sketchedLeastSquares(a, b, { rows: m }),
      peer,
      rounds,
    },
    {
      name: "the same with 20 steps of LSQR, and dgels",
      setup,
      ours: () => sketchedLeastSquares(a, b, { rows: m, refine: 20 }),
      peer,
      rounds,
    },
    {
      name: "lstsq of all rows, and numpy.linalg.lstsq",
      setup,
      ours: () => lstsq(a, b),
      peer: "np.linalg.lstsq(A, b, rcond=None)",
      rounds: 3,
    },
    {
      name: `Walsh-Hadamard transform, ${2 ** 20} x 4 (${(4 * 20 * 2 ** 20) / 1e6} million additions)`,
      ours: () => walshHadamard(buffer, 4),
      rounds,
    },
  ];
}

export const section: Section = { name: "sketched", races };
