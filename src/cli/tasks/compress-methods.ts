import { InvalidInputError } from "ockham";
import {
  asvdCompress,
  type ConvolutionScheme,
  decomposeModel,
  denseEquivalent,
  type Feeds,
  type LayerReport,
  type LordOptions,
  lordCompress,
  type OnnxModel,
  type RankRule,
  svdCompress,
  type UnsupportedLayer,
} from "ockham/compression";

export type CompressMethod = "lord" | "svd" | "asvd" | ConvolutionScheme;

export interface CompressOptions {
  readonly method: CompressMethod;
  readonly out?: string;
  readonly calibrate?: readonly string[];
  readonly batch: number;
  readonly rank?: RankRule;
  readonly layers?: string;
  readonly skip?: string;
  readonly sequential?: true;
  readonly maxSamples?: number;
  readonly allowLarger?: true;
  readonly sweep?: readonly number[];
  readonly test?: readonly string[];
  readonly labels?: string;
  readonly dryRun?: true;
  readonly time: boolean;
  readonly json?: true;
}

export type CompressCall = Pick<LordOptions, "signal" | "onProgress">;

export interface Factored {
  readonly model: OnnxModel;
  readonly report: readonly LayerReport[];
  readonly unsupported: readonly UnsupportedLayer[];
  /** The dense network that the factors stand for. */
  readonly reference?: OnnxModel;
}

/** The network with its layers factored by the method and the ranks of the options. */
export async function factored(
  model: OnnxModel,
  calibration: readonly Feeds[] | undefined,
  options: CompressOptions,
  call: CompressCall,
): Promise<Factored> {
  const { rank, layers, skip, maxSamples, sequential, method } = options;
  const common = {
    ...(layers !== undefined && { layers }),
    ...(skip !== undefined && { skip }),
  };
  const withRank = { ...common, ...call, ...(rank && { rank }) };
  if (sequential && method !== "lord")
    throw new InvalidInputError("--sequential", `is an option of lord, not of ${method}`);
  if (method === "channel" || method === "spatial" || method === "decouple") {
    if (rank?.kind === "budget")
      throw new InvalidInputError("--rank", `${method} takes no budget over all layers`);
    return decomposeModel(model, method, { ...common, rank: rank ?? { kind: "ratio", keep: 0.6 } });
  }
  if (method !== "svd" && calibration === undefined)
    throw new InvalidInputError(
      "--calibrate",
      `${method} needs inputs of the network: an .npz with arrays named as they are`,
    );
  const samples = maxSamples === undefined ? {} : { maxSamples };
  const done =
    method === "svd"
      ? await svdCompress(model, withRank)
      : method === "asvd"
        ? await asvdCompress(model, calibration!, { ...withRank, ...samples })
        : await lordCompress(model, calibration!, {
            ...withRank,
            ...samples,
            ...(sequential && { sequential }),
          });
  return { ...done, reference: denseEquivalent(model, done.replaced) };
}
