export { type ApproximateIndexOptions, approximateIndex } from "./approximate-index.ts";
export { type Bm25Index, type Bm25Options, bm25Index } from "./bm25.ts";
export { chamfer, searchChamfer } from "./chamfer.ts";
export { type EvaluateRunOptions, evaluateRun, type RunEvaluation } from "./evaluate-run.ts";
export {
  type EncodeOptions,
  FdeEncoder,
  type FdeMatrices,
  type FdeSide,
} from "./fde.ts";
export type { FdeConfig, ResolvedFdeConfig } from "./fde-config.ts";
export { ndcgAt, type Relevance, recallAt, reciprocalRank } from "./measures.ts";
export { exactIndex, type MipsIndex } from "./mips-index.ts";
export {
  buildMuveraIndex,
  carveBalls,
  type MuveraHit,
  type MuveraIndex,
  type MuveraOptions,
  type MuveraSearchOptions,
  muveraIndexOf,
} from "./muvera-index.ts";
export { joinSets, type PointSets } from "./point-sets.ts";
export {
  fitProductQuantizer,
  type ProductQuantizer,
  type ProductQuantizerOptions,
  quantizedIndex,
} from "./product-quantizer.ts";
export { readPointSets, type StoredSets } from "./read-point-sets.ts";
export { meanPool, singleVectorCandidates } from "./single-vector.ts";
export {
  buildTextIndex,
  type Passage,
  readTextIndex,
  type TextIndex,
  type TextIndexOptions,
  type Vocabulary,
  writeTextIndex,
} from "./text-index.ts";
export type { Hits } from "./top-selection.ts";
export {
  buildVectorIndex,
  readVectorIndex,
  searchVectorIndex,
  type VectorIndex,
  type VectorIndexOptions,
  type VectorSearchOptions,
  writeVectorIndex,
} from "./vector-index.ts";
export { type WordEncoder, type WordEncoderOptions, wordEncoder } from "./word-encoder.ts";
