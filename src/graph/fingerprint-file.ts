import { InvalidInputError, requireOneOf, show } from "../core/errors.ts";
import { openSafetensors, type SafetensorsFile, writeSafetensors } from "../core/io/index.ts";
import { estimators, type FingerprintIndex } from "./fingerprints.ts";
import { danglingPolicies } from "./personalized-pagerank.ts";

const format = "ockham-fingerprints";
const version = "1";

/**
 * Writes an index as a safetensors file (int32 tensors `indptr`, `indices`, `counts`, `totals`, parameters and
 * sums in the header), so that its name never shows an incomplete one. Node only.
 */
export async function writeFingerprints(path: string, index: FingerprintIndex): Promise<void> {
  const tensor = (data: Int32Array) => ({ dtype: "int32", shape: [data.length], data }) as const;
  const { nodes, walks, teleport, dangling, estimator, seed, graphHash } = index;
  await writeSafetensors(
    path,
    {
      indptr: tensor(index.indptr),
      indices: tensor(index.indices),
      counts: tensor(index.counts),
      totals: tensor(index.totals),
    },
    {
      format,
      version,
      nodes: `${nodes}`,
      walks: `${walks}`,
      teleport: `${teleport}`,
      dangling,
      estimator,
      seed,
      graph: graphHash,
      checksum: `${checksum(index)}`,
    },
  );
}

/**
 * Reads an index that {@link writeFingerprints} wrote: the header first, then tensor by tensor straight into
 * its array. Version, sizes, order of entries and a checksum are verified; that the index belongs to a graph
 * is checked where both meet. Node only.
 */
export async function readFingerprints(path: string): Promise<FingerprintIndex> {
  const file = await openSafetensors(path);
  try {
    const { metadata } = file;
    if (metadata.format !== format)
      throw new InvalidInputError(path, `is no fingerprint index (format ${show(metadata.format)})`);
    if (metadata.version !== version)
      throw new InvalidInputError(
        path,
        `has version ${show(metadata.version)} of the format; this program reads version ${version}`,
      );
    const number = (name: string, least: number): number => {
      const value = Number(metadata[name] ?? "");
      if (!(value >= least) || !Number.isFinite(value))
        throw new InvalidInputError(path, `has no valid ${name} in its header: ${show(metadata[name])}`);
      return value;
    };
    const index: FingerprintIndex = {
      nodes: number("nodes", 0),
      walks: number("walks", 1),
      teleport: number("teleport", Number.MIN_VALUE),
      dangling: requireOneOf(`${path}: dangling`, metadata.dangling, danglingPolicies),
      estimator: requireOneOf(`${path}: estimator`, metadata.estimator, estimators),
      seed: metadata.seed ?? "",
      graphHash: metadata.graph ?? "",
      indptr: await tensorOf(path, file, "indptr"),
      indices: await tensorOf(path, file, "indices"),
      counts: await tensorOf(path, file, "counts"),
      totals: await tensorOf(path, file, "totals"),
    };
    requireConsistent(path, index);
    if (number("checksum", 0) !== checksum(index))
      throw new InvalidInputError(path, "is damaged: its checksum does not fit its content");
    return index;
  } finally {
    await file.close();
  }
}

async function tensorOf(path: string, file: SafetensorsFile, name: string): Promise<Int32Array> {
  const { data } = await file.read(name);
  if (!(data instanceof Int32Array)) throw new InvalidInputError(path, `tensor ${name} is not int32`);
  return data;
}

function requireConsistent(path: string, index: FingerprintIndex): void {
  const { nodes, indptr, indices, counts, totals } = index;
  const broken = (what: string): InvalidInputError => new InvalidInputError(path, `is damaged: ${what}`);
  if (indptr.length !== nodes + 1 || totals.length !== nodes)
    throw broken(`${indptr.length - 1} rows for ${nodes} vertices`);
  if (indptr[0] !== 0 || indptr[nodes] !== indices.length || counts.length !== indices.length)
    throw broken("its parts have different lengths");
  for (let u = 0; u < nodes; u++) {
    if (indptr[u + 1]! < indptr[u]!) throw broken(`row ${u} ends before it begins`);
    let visits = 0;
    for (let k = indptr[u]!; k < indptr[u + 1]!; k++) {
      const ordered = k === indptr[u] || indices[k]! > indices[k - 1]!;
      if (!ordered || indices[k]! < 0 || indices[k]! >= nodes || counts[k]! < 1)
        throw broken(`entry ${k - indptr[u]!} of row ${u}`);
      visits += counts[k]!;
    }
    if (visits > totals[u]!) throw broken(`row ${u} has more visits than its walks made`);
  }
}

/** 32 bits over all entries (FNV-1a on words): finds flipped bits that leave the entries in order. */
function checksum({ indptr, indices, counts, totals }: FingerprintIndex): number {
  let hash = 0x811c9dc5;
  for (const array of [indptr, indices, counts, totals])
    for (let k = 0; k < array.length; k++) hash = Math.imul(hash ^ array[k]!, 0x01000193);
  return hash >>> 0;
}
