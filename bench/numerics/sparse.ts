import {
  cg,
  convectionDiffusion2d,
  gcrodr,
  gmres,
  ic0,
  multiplyVector,
  poissonFd,
  prepareProduct,
  sparseCholesky,
  sparseLu,
} from "ockham/sparse";
import type { Race, Section } from "../support/race.ts";

/** The same matrices on the other side. */
const setup = `
import warnings, scipy, scipy.sparse as sp, scipy.sparse.linalg as sl
warnings.simplefilter("ignore")
tolerance = "rtol" if tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 12) else "tol"
def laplacian(n):
    T = sp.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(n, n)); I = sp.identity(n)
    return (sp.kron(T, I) + sp.kron(I, T)).tocsr()
def convection(n, speeds):
    h = 1 / (n + 1); I = sp.identity(n)
    D = sp.diags([-1.0, 1.0], [-1, 0], shape=(n, n)) / h
    return (laplacian(n) / h**2 + speeds[0] * sp.kron(D, I) + speeds[1] * sp.kron(I, D)).tocsr()
grid = laplacian(1024); grid_ones = np.ones(grid.shape[0])
middle = laplacian(256); middle_ones = np.ones(middle.shape[0])
wind = convection(100, (10, 5)); wind_ones = np.ones(wind.shape[0])
def gmres(maxiter): return sl.gmres(wind, wind_ones, **{tolerance: 1e-8}, restart=40, maxiter=maxiter, callback=lambda r: None, callback_type="pr_norm")
# SciPy has no IC(0): the Gauss-Seidel factors, which have the same pattern, stand in for its cost.
lower = sl.splu(sp.tril(middle).tocsc(), permc_spec="NATURAL", diag_pivot_thresh=0, options=dict(SymmetricMode=True))
diagonal = middle.diagonal()
factors = sl.LinearOperator(middle.shape, lambda r: lower.solve(diagonal * lower.solve(r), "T"), dtype=float)
symmetric = dict(permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0, options=dict(SymmetricMode=True))
`;

function races(): readonly Race[] {
  const grid = poissonFd(2, 1024, { scaled: false });
  const gridOnes = new Float64Array(grid.rows).fill(1);
  const y = new Float64Array(grid.rows);
  const prepared = prepareProduct(grid);
  prepared.x.set(gridOnes);
  const middle = poissonFd(2, 256, { scaled: false });
  const middleOnes = new Float64Array(middle.rows).fill(1);
  const incomplete = ic0(middle);
  const wind = convectionDiffusion2d(100, 1, [10, 5]);
  const windOnes = new Float64Array(wind.rows).fill(1);
  const run = (iterations: number) => cg(grid, gridOnes, { tol: 0, maxIterations: iterations });
  return [
    {
      name: "CSR x vector, 5-point 1024 x 1024, prepared",
      bar: 1.1,
      setup,
      ours: () => prepared.multiply(),
      peer: "grid @ grid_ones",
    },
    {
      name: "the same by multiplyVector",
      ours: () => multiplyVector(grid, gridOnes, y),
      peer: "grid @ grid_ones",
    },
    {
      name: "cg, 1,000 iterations on it",
      bar: 1.2,
      rounds: 2,
      ours: () => run(1000),
      peer: "sl.cg(grid, grid_ones, **{tolerance: 1e-30}, maxiter=1000)",
    },
    {
      name: "gmres(40) to 1e-8, 508 iterations each, convection-diffusion 100 x 100",
      bar: 1,
      ours: () => gmres(wind, windOnes, { restart: 40 }),
      peer: "gmres(2000)",
    },
    {
      name: "gcrodr(40, 20) to 1e-8 on it, against gcrotmk(20, 20)",
      ours: () => gcrodr(wind, windOnes),
      peer: "sl.gcrotmk(wind, wind_ones, **{tolerance: 1e-8}, m=20, k=20, maxiter=200)",
    },
    {
      name: "cg with IC(0) to 1e-8, 5-point 256 x 256, against factors through splu",
      rounds: 3,
      ours: () => cg(middle, middleOnes, { precond: incomplete }),
      peer: "sl.cg(middle, middle_ones, **{tolerance: 1e-8}, M=factors)",
    },
    {
      name: "sparse Cholesky, 5-point 256 x 256, against splu",
      rounds: 3,
      ours: () => sparseCholesky(middle).solve(middleOnes),
      peer: "sl.splu(middle.tocsc(), **symmetric).solve(middle_ones)",
    },
    {
      name: "sparse LU, convection-diffusion 100 x 100, against splu",
      ours: () => sparseLu(wind).solve(windOnes),
      peer: "sl.splu(wind.tocsc()).solve(wind_ones)",
    },
  ];
}

export const section: Section = { name: "sparse", races };
