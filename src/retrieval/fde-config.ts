import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import { requireDimension } from "./point-sets.ts";

/** How sets of vectors become one vector; queries and documents need the same. */
export interface FdeConfig {
  /** Length d of a vector. */
  readonly dimension: number;
  /** Independent encodings side by side, R; default 20. */
  readonly repetitions?: number;
  /** Hyperplanes k that divide space into 2^k cells, 0 to 30; default 5. */
  readonly simhashProjections?: number;
  /** "ams" (default) sketches a cell's vectors to `projectionDimension` numbers, "identity" keeps all d. */
  readonly projection?: "identity" | "ams";
  /** Default 16. */
  readonly projectionDimension?: number;
  /**
   * Cells without a document vector take the one whose cell is nearest in Hamming distance; default true.
   * Cells without a query vector always stay zero.
   */
  readonly fillEmptyPartitions?: boolean;
  /** Sketches the whole encoding to so many numbers; default none. */
  readonly finalProjectionDimension?: number;
  /** Seed of hyperplanes and sketches; default 0. */
  readonly seed?: number | bigint;
}

/** Everything that an encoding depends on; a seed as text. */
export interface ResolvedFdeConfig extends Required<Omit<FdeConfig, "finalProjectionDimension" | "seed">> {
  /** 0 for none. */
  readonly finalProjectionDimension: number;
  readonly seed: string;
}

const configKeys = [
  "dimension",
  "repetitions",
  "simhashProjections",
  "projection",
  "projectionDimension",
  "fillEmptyPartitions",
  "finalProjectionDimension",
  "seed",
] as const;
const largestEncoding = 2 ** 26;

export function resolveFdeConfig(config: FdeConfig): ResolvedFdeConfig {
  requireKnownOptions("config", config, configKeys);
  const dimension = requireDimension("config.dimension", config.dimension);
  const projection = requireOneOf("config.projection", config.projection ?? "ams", ["identity", "ams"]);
  const repetitions = requireInteger("config.repetitions", config.repetitions ?? 20, 1, 65_536);
  const simhashProjections = requireInteger(
    "config.simhashProjections",
    config.simhashProjections ?? 5,
    0,
    30,
  );
  const projectionDimension =
    projection === "identity"
      ? dimension
      : requireInteger("config.projectionDimension", config.projectionDimension ?? 16, 1, 65_536);
  const size = repetitions * 2 ** simhashProjections * projectionDimension;
  if (size > largestEncoding)
    throw new InvalidInputError(
      "config.simhashProjections",
      `an encoding of ${size} numbers is longer than ${largestEncoding}`,
    );
  const seed = config.seed ?? 0;
  if (typeof seed !== "bigint") requireInteger("config.seed", seed);
  const fill = config.fillEmptyPartitions ?? true;
  if (typeof fill !== "boolean")
    throw new InvalidInputError("config.fillEmptyPartitions", `expected true or false, got ${fill}`);
  return {
    dimension,
    repetitions,
    simhashProjections,
    projection,
    projectionDimension,
    fillEmptyPartitions: fill,
    finalProjectionDimension:
      config.finalProjectionDimension === undefined
        ? 0
        : requireInteger("config.finalProjectionDimension", config.finalProjectionDimension, 1, size),
    seed: `${seed}`,
  };
}

/** The configuration that resolves to this one. */
export function fromResolved(config: ResolvedFdeConfig): FdeConfig {
  const { finalProjectionDimension, seed, ...rest } = config;
  return {
    ...rest,
    seed: BigInt(seed),
    ...(finalProjectionDimension > 0 && { finalProjectionDimension }),
  };
}
