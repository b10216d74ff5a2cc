/** A LAPACK routine with the Fortran calling convention: every argument is a pointer. */
export type Routine = (...pointers: readonly (Float64Array | Int32Array | Uint8Array)[]) => void;

/** Routines used, with the number of their arguments and how many of those are characters. */
export const routines = {
  dgemm: [13, 2],
  dsyrk: [10, 2],
  dtrsm: [11, 4],
  dpotrf: [5, 1],
  dgetrf: [6, 0],
  dgetrs: [9, 1],
  dgelqf: [8, 0],
  dorglq: [9, 0],
  dgeqp3: [9, 0],
  dorgqr: [9, 0],
  dgesdd: [14, 1],
  dgesvd: [14, 2],
  dsyevd: [11, 2],
  dgees: [15, 2],
  dpbtrf: [6, 1],
  dpbtrs: [9, 1],
  dgbtrf: [8, 0],
  dgbtrs: [11, 1],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

export type RoutineName = keyof typeof routines;

/** A loaded LAPACK. */
export interface LapackLibrary {
  readonly path: string;
  /** Which implementation, as far as it tells: "OpenBLAS 0.3.21 ...", "MKL", "Accelerate", "unknown". */
  readonly vendor: string;
  /** Whether it is one of the fast implementations; the reference LAPACK does not tell its name. */
  readonly identified: boolean;
  readonly routines: Readonly<Record<RoutineName, Routine>>;
  /** Threads it computes with; undefined where it does not tell. */
  threads(): number | undefined;
  /** Sets that number for the whole process; false where the library has no such call. */
  setThreads(count: number): boolean;
}

/** Outcome of a search: the library, or why there is none. */
export interface LapackSearch {
  readonly library?: LapackLibrary;
  /** What stopped the search or spoke against each candidate, one line each. */
  readonly problems: readonly string[];
}

/** What the platform offers: the search itself, the user's setting, and whether this is the main thread. */
export interface LapackPlatform {
  /** Value of the environment variable OCKHAM_LAPACK, if any. */
  readonly setting: string | undefined;
  readonly mainThread: boolean;
  /** Threads that a library would take by itself. */
  defaultThreads(): number;
  /** Loads the library at a path, or the first usable of the usual names when the path is undefined. */
  find(path: string | undefined): LapackSearch;
  /** How to get a fast library on this system, in one sentence. */
  readonly advice: string;
}
