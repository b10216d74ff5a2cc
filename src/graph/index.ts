export type { Precision } from "./block.ts";
export { type DeepWalkOptions, deepWalk, type Node2VecOptions, node2vec } from "./deep-walk.ts";
export { type FastRPInfo, type FastRPModel, type FastRPOptions, fastRP, fitFastRP } from "./fast-rp.ts";
export { readFingerprints, writeFingerprints } from "./fingerprint-file.ts";
export {
  buildFingerprints,
  type FingerprintEstimator,
  type FingerprintIndex,
  type FingerprintOptions,
  fingerprintMatrix,
} from "./fingerprints.ts";
export {
  barabasiAlbert,
  type LabelledGraph,
  randomRegular,
  ringBlockModel,
  rmat,
  stochasticBlockModel,
} from "./generators.ts";
export {
  contentHash,
  degrees,
  type EdgeArrays,
  edgesOf,
  type Graph,
  type GraphOptions,
  type GraphReport,
  graphFromAdjacency,
  graphFromEdges,
  requireGraph,
  undirected,
} from "./graph.ts";
export { components, type GraphPart, largestComponent, permute, subgraph } from "./graph-parts.ts";
export type { MergeOptions } from "./merge-hops.ts";
export { type NetMFOptions, netMF } from "./net-mf.ts";
export type { DanglingPolicy, PprOptions, SparseVector } from "./personalized-pagerank.ts";
export {
  type PowerWalk,
  type PowerWalkOptions,
  type PprBatch,
  type PprBatchOptions,
  type PprQueryOptions,
  type PprVector,
  powerWalk,
} from "./power-walk.ts";
export { type PprForwardPushOptions, pprForwardPush } from "./ppr-forward-push.ts";
export { type PprMonteCarloOptions, pprMonteCarlo } from "./ppr-monte-carlo.ts";
export { type PprPowerIterationOptions, pprPowerIteration } from "./ppr-power-iteration.ts";
export { projectionMatrix } from "./projection.ts";
export { type RandNEOptions, randNE } from "./rand-ne.ts";
export {
  randomWalks,
  type WalkBias,
  type WalkOptions,
  type Walks,
  walkEndpoints,
  walkVisits,
} from "./random-walks.ts";
export { type FastRPTrial, type TunedFastRP, type TuneFastRPOptions, tuneFastRP } from "./tune-fast-rp.ts";
