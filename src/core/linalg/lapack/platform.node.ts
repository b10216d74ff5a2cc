import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { isMainThread } from "node:worker_threads";
import type { KoffiFunc, LibraryHandle } from "koffi";
import {
  type LapackLibrary,
  type LapackPlatform,
  type LapackSearch,
  type Routine,
  type RoutineName,
  routines,
} from "./library.ts";

type NativeFunction = KoffiFunc<(...values: readonly unknown[]) => unknown>;

/**
 * Bytes of stack for a call. Threaded routines of OpenBLAS keep a table on it that grows with the square of the
 * threads it was built for, which overflows koffi's default of 2 MiB; this is the most koffi gives.
 */
const stackSize = 16 * 2 ** 20;

const require = createRequire(import.meta.url);

/** Names to try in order: fast libraries first, whatever the system calls LAPACK last. */
const candidates: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: [
    "libopenblas.so.0",
    "libopenblas.so",
    "libopenblasp.so.0",
    "libopenblas.so.3",
    "libmkl_rt.so.2",
    "libmkl_rt.so.1",
    "libmkl_rt.so",
    "libflexiblas.so.3",
    "libtatlas.so.3",
    "libsatlas.so.3",
    "liblapack.so.3",
    "liblapack.so",
  ],
  darwin: [
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
  ],
  win32: ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll", "mkl_rt.1.dll", "mkl_rt.dll"],
};

const advice: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux:
    "install OpenBLAS (apt install libopenblas0, dnf install openblas, apk add openblas), or set OCKHAM_LAPACK to the path of a LAPACK library",
  darwin: "Accelerate is part of macOS; set OCKHAM_LAPACK to the path of another LAPACK library to prefer it",
  win32: "put libopenblas.dll on the PATH, or set OCKHAM_LAPACK to its path",
};

function find(path: string | undefined): LapackSearch {
  let koffi: typeof import("koffi").default;
  try {
    koffi = require("koffi");
    const config = koffi.config();
    if ((config.sync_stack_size ?? 0) < stackSize) koffi.config({ ...config, sync_stack_size: stackSize });
  } catch (error) {
    return { problems: [`the optional package koffi cannot be loaded: ${firstLine(error)}`] };
  }
  const problems: string[] = [];
  for (const name of path === undefined ? (candidates[process.platform] ?? []) : [path]) {
    try {
      return { library: open(koffi.load(name), name), problems };
    } catch (error) {
      problems.push(`${name}: ${firstLine(error)}`);
    }
  }
  return { problems };
}

function open(handle: LibraryHandle, path: string): LapackLibrary {
  const bound: Partial<Record<RoutineName, Routine>> = {};
  for (const [name, [pointers, characters]] of Object.entries(routines)) {
    // Fortran passes the length of every character argument, by value, behind the last argument.
    const call = handle.func(`${name}_`, "void", [
      ...Array<string>(pointers).fill("void *"),
      ...Array<string>(characters).fill("size_t"),
    ]);
    const lengths = Array<number>(characters).fill(1);
    bound[name as RoutineName] = (...values) => {
      call(...values, ...lengths);
    };
  }
  const library: LapackLibrary = {
    path,
    routines: bound as Record<RoutineName, Routine>,
    ...identify(handle, path),
  };
  refuseWideIntegers(library);
  return library;
}

function identify(handle: LibraryHandle, path: string): Omit<LapackLibrary, "path" | "routines"> {
  const optional = (name: string, result: string, args: readonly string[]): NativeFunction | undefined => {
    try {
      return handle.func(name, result, [...args]);
    } catch {
      return undefined;
    }
  };
  const config = optional("openblas_get_config", "const char *", []);
  const [getName, setName] =
    config === undefined
      ? ["MKL_Get_Max_Threads", "MKL_Set_Num_Threads"]
      : ["openblas_get_num_threads", "openblas_set_num_threads"];
  const get = optional(getName, "int", []);
  const set = optional(setName, "void", ["int"]);
  let vendor: string | undefined;
  if (config !== undefined) vendor = String(config()).trim();
  else if (get !== undefined) vendor = "MKL";
  else if (path.includes("Accelerate")) vendor = "Accelerate";
  else if (path.includes("flexiblas")) vendor = "FlexiBLAS";
  else if (path.includes("atlas")) vendor = "ATLAS";
  return {
    vendor: vendor ?? "unknown",
    identified: vendor !== undefined,
    threads: () => (get === undefined ? undefined : Number(get())),
    setThreads: (count) => {
      set?.(count);
      return set !== undefined;
    },
  };
}

/**
 * Libraries built for 64-bit integers would read past our 32-bit ones. Every integer given here is followed by
 * a zero word, so that such a library reads the same numbers, and gives itself away by how it writes pivots.
 */
function refuseWideIntegers(library: LapackLibrary): void {
  const two = Int32Array.of(2, 0);
  const pivots = new Int32Array(4);
  library.routines.dgetrf(two, two, Float64Array.of(1, 2, 3, 4), two, pivots, new Int32Array(2));
  if (pivots[0] !== 2 || pivots[1] !== 2)
    throw new Error("is built for 64-bit integers; a library with 32-bit integers (LP64) is needed");
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n")[0]!;
}

export const platform: LapackPlatform = {
  setting: process.env.OCKHAM_LAPACK,
  mainThread: isMainThread,
  defaultThreads() {
    const { OPENBLAS_NUM_THREADS, MKL_NUM_THREADS, OMP_NUM_THREADS } = process.env;
    const asked = Number(OPENBLAS_NUM_THREADS ?? MKL_NUM_THREADS ?? OMP_NUM_THREADS);
    return asked > 0 ? asked : availableParallelism();
  },
  find,
  advice: advice[process.platform] ?? "set OCKHAM_LAPACK to the path of a LAPACK library",
};
