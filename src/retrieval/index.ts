export { type ApproximateIndexOptions, approximateIndex } from "./approximate-index.ts";
export { type Bm25Index, type Bm25Options, bm25Index } from "./bm25.ts";
export { chamfer, searchChamfer } from "./chamfer.ts";
export {
  type EncodeOptions,
  type FdeConfig,
  FdeEncoder,
  type FdeMatrices,
  type FdeSide,
  type ResolvedFdeConfig,
} from "./fde.ts";
export { ndcgAt, recallAt, reciprocalRank } from "./measures.ts";
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
export { type WordEncoder, type WordEncoderOptions, wordEncoder } from "./word-encoder.ts";
