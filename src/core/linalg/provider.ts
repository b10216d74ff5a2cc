import { platform } from "#lapack";
import { describeEnvironment } from "../environment.ts";
import { InvalidInputError, requireInteger } from "../errors.ts";
import { onPoolActivity } from "../parallel/index.ts";
import type { DenseKernels } from "./kernels.ts";
import { lapackKernels } from "./lapack/kernels.ts";
import type { LapackLibrary } from "./lapack/library.ts";
import { portableKernels } from "./portable/kernels.ts";

/** What computes dense linear algebra in this process, for `ockham doctor` and result files. */
export interface LapackInfo {
  readonly provider: "lapack" | "portable";
  /** What was asked for: "auto", "portable" or a path. */
  readonly setting: string;
  /** Name or path under which the library was loaded. */
  readonly library?: string;
  /** Implementation and version, as far as the library tells. */
  readonly vendor?: string;
  /** Threads of the library; absent where it does not tell. */
  readonly threads?: number;
  /** Why candidates were passed over, one line each. */
  readonly problems: readonly string[];
  /** How to get a fast library, where none is in use. */
  readonly advice?: string;
}

interface Provider {
  readonly kernels: DenseKernels;
  readonly setting: string;
  readonly library?: LapackLibrary;
  readonly problems: readonly string[];
}

const portableNames = ["off", "none", "portable"];

/** Providers by setting: a library is searched and bound once. */
const opened = new Map<string, Provider>();
let active: Provider | undefined;
let wantedThreads: number | undefined;
let poolActive = false;

// Workers that each compute on several threads starve one another, and the setting is one for the process.
if (platform.mainThread)
  onPoolActivity((busy) => {
    poolActive = busy;
    for (const { library } of opened.values())
      library?.setThreads(busy ? 1 : (wantedThreads ?? platform.defaultThreads()));
  });

describeEnvironment("lapack", () => active && (active.library?.vendor ?? "portable"));

/** The active provider; the first call looks for a library. */
export function kernels(): DenseKernels {
  active ??= open(settingFromEnvironment());
  return active.kernels;
}

/**
 * Chooses what computes dense linear algebra from now on in this thread: "auto" looks for a system LAPACK and
 * falls back to the portable provider, "portable" uses no native code, anything else is the path of a LAPACK
 * library. Without a call the environment variable OCKHAM_LAPACK decides in the same way ("off" and "none"
 * also name the portable provider), and "auto" is the default. Throws when a named library cannot be used;
 * the provider in use then stays.
 */
export function useLapack(choice: "auto" | "portable" | (string & {})): void {
  if (typeof choice !== "string" || choice === "")
    throw new InvalidInputError("choice", 'expected "auto", "portable" or the path of a library');
  active = open(choice);
}

/** Which provider is in use, which library, with how many threads, and how to get a faster one. */
export function lapackInfo(): LapackInfo {
  active ??= open(settingFromEnvironment());
  const { library, setting, problems } = active;
  if (library === undefined)
    return {
      provider: "portable",
      setting,
      problems,
      advice:
        setting === "auto"
          ? platform.advice
          : `the setting ${setting} asks for it; "auto" looks for a library`,
    };
  const threads = library.threads();
  return {
    provider: "lapack",
    setting,
    library: library.path,
    vendor: library.vendor,
    ...(threads === undefined ? {} : { threads }),
    problems,
    ...(library.identified ? {} : { advice: `this may be the slow reference LAPACK: ${platform.advice}` }),
  };
}

/**
 * Sets how many threads the LAPACK library computes with, for the whole process: call it from the main thread
 * only. While a pool of workers is open it is 1 whatever is set here; the setting counts again when the pool
 * closes. Returns the number in use before; undefined where the library does not tell or the portable
 * provider, which has one thread, is in use.
 */
export function setBlasThreads(count: number): number | undefined {
  requireInteger("count", count, 1);
  if (!platform.mainThread)
    throw new InvalidInputError(
      "setBlasThreads",
      "the setting is one for the whole process: call it from the main thread",
    );
  wantedThreads = count;
  const previous = active?.library?.threads();
  if (!poolActive) active?.library?.setThreads(count);
  return previous;
}

function settingFromEnvironment(): string {
  return platform.setting === undefined || platform.setting === "" ? "auto" : platform.setting;
}

function open(setting: string): Provider {
  const known = opened.get(setting);
  if (known !== undefined) return known;
  const provider = search(setting);
  opened.set(setting, provider);
  return provider;
}

function search(setting: string): Provider {
  if (portableNames.includes(setting)) return { kernels: portableKernels, setting, problems: [] };
  const { library, problems } = platform.find(setting === "auto" ? undefined : setting);
  if (library !== undefined) {
    if (platform.mainThread && poolActive) library.setThreads(1);
    else if (wantedThreads !== undefined) library.setThreads(wantedThreads);
    return { kernels: lapackKernels(library), setting, library, problems };
  }
  if (setting !== "auto")
    throw new InvalidInputError("OCKHAM_LAPACK", `cannot use this LAPACK library: ${problems.join("; ")}`);
  return { kernels: portableKernels, setting, problems };
}
