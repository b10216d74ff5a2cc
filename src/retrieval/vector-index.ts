import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../core/errors.ts";
import type { Retrieved, TrecRun } from "../core/io/index.ts";
import { type LongCallOptions, Pace } from "../core/progress.ts";
import { type EncodeOptions, FdeEncoder } from "./fde.ts";
import { type FdeConfig, fromResolved, type ResolvedFdeConfig } from "./fde-config.ts";
import { fromJsonTensor, type IndexFormat, jsonTensor, readIndexFile, writeIndexFile } from "./index-file.ts";
import { exactIndex } from "./mips-index.ts";
import { type MuveraIndex, muveraIndexOf } from "./muvera-index.ts";
import { type PointSets, requireSets, setOf } from "./point-sets.ts";

export interface VectorIndexOptions extends EncodeOptions {
  /** Names of the documents, all different and without blanks; default their positions from 0. */
  readonly ids?: readonly string[];
}

/** Named documents of many vectors each, searchable by Chamfer similarity, that a file can keep. */
export interface VectorIndex {
  /** Of every document. */
  readonly ids: readonly string[];
  readonly encodings: Float32Array;
  readonly index: MuveraIndex;
}

/** Indexes documents given as sets of vectors; exact search of the encodings, reranked. */
export async function buildVectorIndex(
  documents: PointSets,
  config: FdeConfig,
  options: VectorIndexOptions = {},
): Promise<VectorIndex> {
  requireKnownOptions("options", options, ["ids", "pool", "signal", "onProgress"]);
  const { ids, ...call } = options;
  const encoder = new FdeEncoder(config);
  const count = requireSets("documents", documents, encoder.config.dimension);
  const names = requireIds("options.ids", ids, count);
  return indexOf(names, encoder, documents, await encoder.encodeBatch(documents, "document", call));
}

/** The names themselves, or positions where there are none. Refuses a wrong number, blanks and repetitions. */
function requireIds(argument: string, ids: readonly string[] | undefined, count: number): readonly string[] {
  if (ids === undefined) return Array.from({ length: count }, (_, i) => `${i}`);
  if (!Array.isArray(ids) || ids.length !== count)
    throw new InvalidInputError(
      argument,
      `expected ${count} names, one a set, got ${ids?.length ?? show(ids)}`,
    );
  const seen = new Set<string>();
  for (const [i, id] of ids.entries()) {
    if (typeof id !== "string" || id === "" || /\s/.test(id))
      throw new InvalidInputError(`${argument}[${i}]`, `expected a name without blanks, got ${show(id)}`);
    if (seen.has(id)) throw new InvalidInputError(`${argument}[${i}]`, `${show(id)} is there twice`);
    seen.add(id);
  }
  return ids;
}

export interface VectorSearchOptions extends Omit<LongCallOptions, "seed"> {
  /** Names of the queries, all different and without blanks; default their positions from 0. */
  readonly ids?: readonly string[];
  /** Documents wanted for a query; default 100. */
  readonly k?: number;
  /** Documents that the encodings propose, at least k; default 200, or k where that is more. */
  readonly candidates?: number;
}

/** The best documents of many queries by Chamfer similarity, as a run that `writeTrecRun` writes. */
export async function searchVectorIndex(
  { ids: documents, index }: VectorIndex,
  queries: PointSets,
  options: VectorSearchOptions = {},
): Promise<TrecRun> {
  requireKnownOptions("options", options, ["ids", "k", "candidates", "signal", "onProgress"]);
  const { dimension } = index.encoder.config;
  const count = requireSets("queries", queries, dimension);
  const names = requireIds("options.ids", options.ids, count);
  const k = requireInteger("options.k", options.k ?? 100, 1);
  const candidates = requireInteger("options.candidates", options.candidates ?? Math.max(200, k), k);
  const run = new Map<string, readonly Retrieved[]>();
  const pace = new Pace(options, count);
  for (let i = 0; i < count; i++) {
    const hits = index.search(setOf(queries, i, dimension), { k, candidates });
    run.set(
      names[i]!,
      hits.map(({ document, score }) => ({ document: documents[document]!, score })),
    );
    if (pace.due()) await pace.rest(i + 1);
  }
  pace.finish();
  return run;
}

function indexOf(
  ids: readonly string[],
  encoder: FdeEncoder,
  documents: PointSets,
  encodings: Float32Array,
): VectorIndex {
  const index = muveraIndexOf(encoder, documents, exactIndex(encodings, encoder.outputDimension));
  return { ids, encodings, index };
}

const format: IndexFormat<"points" | "offsets" | "encodings" | "ids"> = {
  format: "ockham-vector-index",
  kind: "index of vectors",
  version: "1",
  tensors: ["points", "offsets", "encodings", "ids"],
};

/** Writes an index as one safetensors file. Its name never shows an incomplete one. Node only. */
export async function writeVectorIndex(
  path: string,
  { ids, encodings, index: { encoder, documents } }: VectorIndex,
): Promise<void> {
  const matrix = (data: Float32Array, width: number): NdArray<"float32"> => ({
    dtype: "float32",
    shape: [data.length / width, width],
    data: data as NdArray<"float32">["data"],
  });
  const offsets: NdArray<"int32"> = {
    dtype: "int32",
    shape: [documents.offsets.length],
    data: documents.offsets as NdArray<"int32">["data"],
  };
  const tensors = {
    points: matrix(documents.points, encoder.config.dimension),
    offsets,
    encodings: matrix(encodings, encoder.outputDimension),
    ids: jsonTensor(ids),
  };
  await writeIndexFile(path, format, tensors, { config: JSON.stringify(encoder.config) });
}

/** Reads an index that {@link writeVectorIndex} wrote; format, version, sizes and a checksum are verified. Node only. */
export async function readVectorIndex(path: string): Promise<VectorIndex> {
  const { tensors, metadata } = await readIndexFile(path, format);
  const encoder = new FdeEncoder(fromResolved(JSON.parse(metadata.config ?? "{}") as ResolvedFdeConfig));
  const documents = {
    points: tensors.points.data as Float32Array,
    offsets: tensors.offsets.data as Int32Array,
  };
  return indexOf(fromJsonTensor(tensors.ids), encoder, documents, tensors.encodings.data as Float32Array);
}
