/**
 * An argument, file or option that a method cannot work with. The message names the argument, what was
 * expected and what came. The command line turns it into exit status 2.
 */
export class InvalidInputError extends Error {
  override readonly name: string = "InvalidInputError";
  /** The argument at fault, as the caller wrote it: `"options.dim"`, `"edges.csv, line 7"`. */
  readonly argument: string;

  constructor(argument: string, problem: string, options?: ErrorOptions) {
    super(`${argument}: ${problem}`, options);
    this.argument = argument;
  }
}

/**
 * A computation that could not be carried out in floating point: a breakdown, a matrix that is not positive
 * definite, an iteration that must converge and did not. `diagnostics` holds the figures that explain it.
 */
export class NumericalError extends Error {
  override readonly name: string = "NumericalError";
  readonly diagnostics: Readonly<Record<string, unknown>>;

  constructor(message: string, diagnostics: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.diagnostics = diagnostics;
  }
}

/** Shows a value in an error message, shortened. */
export function show(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (ArrayBuffer.isView(value)) return value.constructor.name;
  if (Array.isArray(value)) {
    const shown = value.slice(0, 6).map(show).join(", ");
    return `[${shown}${value.length > 6 ? `, ... ${value.length} items` : ""}]`;
  }
  if (typeof value === "object" && value !== null) {
    const keys = Object.keys(value);
    return `{ ${keys.slice(0, 6).join(", ")}${keys.length > 6 ? ", ..." : ""} }`;
  }
  return String(value);
}

/** Refuses anything but a whole number in [minimum, maximum]; returns it. */
export function requireInteger(
  argument: string,
  value: unknown,
  minimum = Number.MIN_SAFE_INTEGER,
  maximum = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= minimum && value <= maximum)
    return value;
  throw new InvalidInputError(
    argument,
    `expected a whole number${range(minimum, maximum)}, got ${show(value)}`,
  );
}

/** Refuses anything but a finite number in [minimum, maximum]; returns it. */
export function requireFinite(
  argument: string,
  value: unknown,
  minimum = Number.NEGATIVE_INFINITY,
  maximum = Number.POSITIVE_INFINITY,
): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= minimum && value <= maximum)
    return value;
  throw new InvalidInputError(
    argument,
    `expected a finite number${range(minimum, maximum)}, got ${show(value)}`,
  );
}

/** Refuses anything but one of the given choices; returns it. */
export function requireOneOf<T extends string>(argument: string, value: unknown, choices: readonly T[]): T {
  if ((choices as readonly unknown[]).includes(value)) return value as T;
  throw new InvalidInputError(
    argument,
    `expected one of ${choices.map(show).join(", ")}, got ${show(value)}`,
  );
}

/** Refuses options that the method does not know: a misspelt name must not be ignored in silence. */
export function requireKnownOptions(argument: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new InvalidInputError(argument, `expected an object, got ${show(options)}`);
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new InvalidInputError(`${argument}.${key}`, `unknown option; known are ${known.join(", ")}`);
  }
}

function range(minimum: number, maximum: number): string {
  const low = minimum > Number.MIN_SAFE_INTEGER;
  const high = maximum < Number.MAX_SAFE_INTEGER;
  if (low && high) return ` from ${minimum} to ${maximum}`;
  if (low) return ` of at least ${minimum}`;
  if (high) return ` of at most ${maximum}`;
  return "";
}
