/**
 * What a public subpath registers for the conformance suite: a small valid call of every method it exports,
 * and the functions that are no methods, each with the reason.
 */
export interface Registration {
  /** By the name under which `ockham/<subpath>` exports it. */
  readonly methods: Readonly<Record<string, Method>>;
  /** Names of exported functions and classes that are no methods, by the reason why. */
  readonly notMethods?: Readonly<Record<string, readonly string[]>>;
}

export interface Method {
  /**
   * Arguments of a valid call, in order, each by its name in error messages. Called anew for every call, so
   * that a call that changes its inputs is found out. Options are the argument named `options`.
   */
  readonly args: () => Readonly<Record<string, unknown>>;
  /** Takes `options.seed`: the seed alone decides what is drawn. */
  readonly seeded?: true;
  /** Takes `options.signal` and `options.onProgress`. */
  readonly long?: true;
  /** Takes an options object that refuses names it does not know. Implied by seeded, long and invalid. */
  readonly options?: true;
  /** Values that an option must refuse. */
  readonly invalid?: Readonly<Record<string, readonly unknown[]>>;
  /** What the method leaves to its caller to check; see {@link kernel} and {@link accessor}. */
  readonly trusts?: "values" | "arguments";
  /** Faults that an argument legitimately allows, such as an empty list. */
  readonly accepts?: Readonly<Record<string, readonly Fault[]>>;
  /** What of the result is compared and serialized; default all of it. For models: their arrays. */
  readonly plain?: (result: never) => unknown;
}

/** What the suite does to an argument to see it refused. */
export type Fault = "NaN" | "empty" | "shape" | "dtype" | "kind";

/** A kernel checks lengths only: whoever calls it has checked the values. */
export function kernel(args: Method["args"]): Method {
  return { args, trusts: "values" };
}

/** A function of values that were checked when they were made, and are not checked again at every call. */
export function accessor(args: Method["args"]): Method {
  return { args, trusts: "arguments" };
}
