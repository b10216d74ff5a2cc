import { NumericalError } from "../../errors.ts";
import type { DenseKernels } from "../kernels.ts";
import { diagonalOf, gatherRows, permutationOf, scatterRows } from "../permutation.ts";
import { transposed } from "../transpose.ts";
import type { LapackLibrary } from "./library.ts";

/**
 * Pointers to scalars. Small typed arrays are dear to make and to pass, so these are made once; arguments of
 * one call take consecutive slots, and calls do not nest.
 */
class Scalars {
  readonly #integers = Array.from({ length: 16 }, () => new Int32Array(2));
  readonly #doubles = Array.from({ length: 2 }, () => new Float64Array(1));
  #nextInteger = 0;
  #nextDouble = 0;

  integer(value: number): Int32Array {
    const slot = this.#integers[this.#nextInteger++ % this.#integers.length]!;
    slot[0] = value;
    slot[1] = value < 0 ? -1 : 0;
    return slot;
  }

  double(value: number): Float64Array {
    const slot = this.#doubles[this.#nextDouble++ % this.#doubles.length]!;
    slot[0] = value;
    return slot;
  }
}

const letter = Object.fromEntries(
  [..."NTLURSAV"].map((character) => [character, Uint8Array.of(character.charCodeAt(0))]),
) as Record<"N" | "T" | "L" | "U" | "R" | "S" | "A" | "V", Uint8Array>;

/**
 * Dense linear algebra by a system LAPACK. LAPACK stores columns, we store rows, so it sees the transpose of
 * every matrix. Where a factorization of the transpose is one of the matrix itself under other names (LQ for
 * QR, U and V exchanged, the other triangle) nothing is moved; elsewhere one O(n^2) transposition is.
 */
export function lapackKernels({ routines: lapack }: LapackLibrary): DenseKernels {
  const scalars = new Scalars();
  const int = (value: number): Int32Array => scalars.integer(value);
  const real = (value: number): Float64Array => scalars.double(value);
  const info = new Int32Array(2);
  const empty = new Float64Array(1);

  /** Asks a routine for its best workspace, then runs it. */
  const withWork = (run: (work: Float64Array, size: Int32Array) => void): void => {
    const query = new Float64Array(1);
    run(query, int(-1));
    const size = Math.max(1, Math.ceil(query[0]!));
    run(new Float64Array(size), int(size));
  };

  const refuseBadCall = (routine: string): void => {
    if (info[0]! < 0) throw new Error(`${routine} refused its argument ${-info[0]!}`);
  };

  const solveTriangular: DenseKernels["solveTriangular"] = (
    upper,
    transpose,
    unitDiagonal,
    n,
    columns,
    t,
    b,
  ) => {
    lapack.dtrsm(
      letter.R,
      upper ? letter.L : letter.U,
      transpose ? letter.T : letter.N,
      unitDiagonal ? letter.U : letter.N,
      int(columns),
      int(n),
      real(1),
      t,
      int(n),
      b,
      int(columns),
    );
  };

  return {
    multiply(transposeA, transposeB, m, n, k, a, b, c, accumulate = false) {
      lapack.dgemm(
        transposeB ? letter.T : letter.N,
        transposeA ? letter.T : letter.N,
        int(n),
        int(m),
        int(k),
        real(1),
        b,
        int(transposeB ? k : n),
        a,
        int(transposeA ? m : k),
        real(accumulate ? 1 : 0),
        c,
        int(n),
      );
    },

    gram(m, n, a, c) {
      lapack.dsyrk(letter.L, letter.N, int(n), int(m), real(1), a, int(n), real(0), c, int(n));
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) c[i * n + j] = c[j * n + i]!;
    },

    solveTriangular,

    cholesky(n, a) {
      lapack.dpotrf(letter.U, int(n), a, int(n), info);
      refuseBadCall("dpotrf");
      return info[0]! - 1;
    },

    lu(m, n, a, pivots) {
      const columns = transposed(m, n, a);
      lapack.dgetrf(int(m), int(n), columns, int(m), pivots, info);
      refuseBadCall("dgetrf");
      const zeroPivot = info[0]! - 1;
      a.set(transposed(n, m, columns));
      for (let i = 0; i < pivots.length; i++) pivots[i]! -= 1;
      return zeroPivot;
    },

    factor(n, a) {
      // The transpose that LAPACK sees is factored as it lies: a^T = P L U, a = U^T L^T P^T.
      const exchanges = new Int32Array(n);
      lapack.dgetrf(int(n), int(n), a, int(n), exchanges, info);
      refuseBadCall("dgetrf");
      const { permutation, sign } = permutationOf(
        n,
        exchanges.map((row) => row - 1),
      );
      return {
        zeroPivot: info[0]! - 1,
        pivots: diagonalOf(n, a),
        sign,
        solve(transpose, columns, b) {
          if (columns === 1) {
            const job = transpose ? letter.N : letter.T;
            lapack.dgetrs(job, int(n), int(1), a, int(n), exchanges, b, int(n), info);
            refuseBadCall("dgetrs");
          } else if (transpose) {
            b.set(gatherRows(permutation, columns, b));
            solveTriangular(true, true, true, n, columns, a, b);
            solveTriangular(false, true, false, n, columns, a, b);
          } else {
            solveTriangular(false, false, false, n, columns, a, b);
            solveTriangular(true, false, true, n, columns, a, b);
            b.set(scatterRows(permutation, columns, b));
          }
        },
      };
    },

    qr(m, n, a, columnsOfQ) {
      // a^T = L Q', hence a = Q'^T L^T: the stored rows of Q' are the columns of Q, R is L read by rows.
      const steps = Math.min(m, n);
      const tau = new Float64Array(steps);
      withWork((work, size) => lapack.dgelqf(int(n), int(m), a, int(n), tau, work, size, info));
      refuseBadCall("dgelqf");
      const rows = columnsOfQ === 0 ? steps : columnsOfQ;
      const r = new Float64Array(rows * n);
      for (let i = 0; i < Math.min(rows, n); i++) for (let j = i; j < n; j++) r[i * n + j] = a[i * n + j]!;
      if (columnsOfQ === 0) return { q: new Float64Array(0), r };
      let q = a;
      if (columnsOfQ !== n) {
        q = new Float64Array(m * columnsOfQ);
        for (let i = 0; i < m; i++) for (let j = 0; j < steps; j++) q[i * columnsOfQ + j] = a[i * n + j]!;
      }
      withWork((work, size) =>
        lapack.dorglq(int(columnsOfQ), int(m), int(steps), q, int(columnsOfQ), tau, work, size, info),
      );
      refuseBadCall("dorglq");
      return { q, r };
    },

    pivotedQr(m, n, a, columnsOfQ) {
      const steps = Math.min(m, n);
      const columns = transposed(m, n, a);
      const permutation = new Int32Array(n);
      const tau = new Float64Array(steps);
      withWork((work, size) =>
        lapack.dgeqp3(int(m), int(n), columns, int(m), permutation, tau, work, size, info),
      );
      refuseBadCall("dgeqp3");
      const r = new Float64Array(columnsOfQ * n);
      for (let i = 0; i < steps; i++) for (let j = i; j < n; j++) r[i * n + j] = columns[j * m + i]!;
      const q = new Float64Array(m * columnsOfQ);
      q.set(columns.subarray(0, m * Math.min(n, columnsOfQ)));
      withWork((work, size) =>
        lapack.dorgqr(int(m), int(columnsOfQ), int(steps), q, int(m), tau, work, size, info),
      );
      refuseBadCall("dorgqr");
      for (let j = 0; j < n; j++) permutation[j]! -= 1;
      return { q: transposed(columnsOfQ, m, q), r, permutation };
    },

    svd(m, n, a, vectors) {
      // a^T = U' S V'^T: its left vectors are the rows of our V^T, its right ones the columns of our U.
      const k = Math.min(m, n);
      const job = { none: letter.N, thin: letter.S, full: letter.A }[vectors];
      const widthU = vectors === "full" ? m : k;
      const heightVt = vectors === "full" ? n : k;
      const s = new Float64Array(k);
      const u = vectors === "none" ? empty : new Float64Array(m * widthU);
      const vt = vectors === "none" ? empty : new Float64Array(heightVt * n);
      const integers = new Int32Array(8 * k);
      const kept = a.slice();
      withWork((work, size) =>
        lapack.dgesdd(
          job,
          int(n),
          int(m),
          a,
          int(n),
          s,
          vt,
          int(n),
          u,
          int(widthU),
          work,
          size,
          integers,
          info,
        ),
      );
      refuseBadCall("dgesdd");
      if (info[0]! > 0) {
        // Divide and conquer can fail where the plain QR iteration does not.
        withWork((work, size) =>
          lapack.dgesvd(
            job,
            job,
            int(n),
            int(m),
            kept,
            int(n),
            s,
            vt,
            int(n),
            u,
            int(widthU),
            work,
            size,
            info,
          ),
        );
        if (info[0]! > 0)
          throw new NumericalError("svd: the iteration did not converge", { unconverged: info[0] });
      }
      return { u, s, vt };
    },

    eigh(n, a, vectors) {
      const values = new Float64Array(n);
      const integers = new Int32Array(2);
      const job = vectors ? letter.V : letter.N;
      lapack.dsyevd(job, letter.U, int(n), a, int(n), values, empty, int(-1), integers, int(-1), info);
      const size = Math.max(1, Math.ceil(empty[0]!));
      const integerSize = Math.max(1, integers[0]!);
      lapack.dsyevd(
        job,
        letter.U,
        int(n),
        a,
        int(n),
        values,
        new Float64Array(size),
        int(size),
        new Int32Array(integerSize),
        int(integerSize),
        info,
      );
      refuseBadCall("dsyevd");
      if (info[0]! > 0)
        throw new NumericalError("eigh: the iteration did not converge", { unconverged: info[0] });
      return { values, rows: vectors ? a : empty };
    },

    schur(n, a) {
      const columns = transposed(n, n, a);
      const z = new Float64Array(n * n);
      const re = new Float64Array(n);
      const im = new Float64Array(n);
      const sorted = new Int32Array(2);
      const unused = new Int32Array(n);
      withWork((work, size) =>
        lapack.dgees(
          letter.V,
          letter.N,
          unused,
          int(n),
          columns,
          int(n),
          sorted,
          re,
          im,
          z,
          int(n),
          work,
          size,
          unused,
          info,
        ),
      );
      refuseBadCall("dgees");
      if (info[0]! > 0)
        throw new NumericalError("schur: the QR iteration did not converge", { eigenvalue: info[0]! - 1 });
      return { t: transposed(n, n, columns), z: transposed(n, n, z) };
    },

    bandedCholesky(n, w, a) {
      lapack.dpbtrf(letter.L, int(n), int(w), a, int(w + 1), info);
      refuseBadCall("dpbtrf");
      return info[0]! - 1;
    },

    bandedCholeskySolve(n, w, a, columns, b) {
      const x = columns === 1 ? b : transposed(n, columns, b);
      lapack.dpbtrs(letter.L, int(n), int(w), int(columns), a, int(w + 1), x, int(n), info);
      refuseBadCall("dpbtrs");
      if (columns !== 1) b.set(transposed(columns, n, x));
    },

    bandedSolve(n, lower, upper, a, columns, b) {
      // LAPACK sees the transpose: `upper` subdiagonals, `lower` superdiagonals, room for fill in front.
      const stride = 2 * upper + lower + 1;
      const band = new Float64Array(n * stride);
      for (let i = 0; i < n; i++)
        for (let p = 0; p < lower + upper + 1; p++)
          band[i * stride + upper + p] = a[i * (lower + upper + 1) + p]!;
      const pivots = new Int32Array(n);
      lapack.dgbtrf(int(n), int(n), int(upper), int(lower), band, int(stride), pivots, info);
      refuseBadCall("dgbtrf");
      if (info[0]! > 0) return info[0]! - 1;
      const x = columns === 1 ? b : transposed(n, columns, b);
      lapack.dgbtrs(
        letter.T,
        int(n),
        int(upper),
        int(lower),
        int(columns),
        band,
        int(stride),
        pivots,
        x,
        int(n),
        info,
      );
      refuseBadCall("dgbtrs");
      if (columns !== 1) b.set(transposed(columns, n, x));
      return -1;
    },
  };
}
