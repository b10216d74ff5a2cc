import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../io/index.ts";
import type { Dataset, FetchedDataset } from "./dataset.ts";
import { cacheFolder } from "./folders.ts";
import { hashOf, hashOfFile } from "./hashing.ts";

/** What the cache records of a complete data set; written last. */
export interface Manifest {
  readonly name: string;
  readonly files: readonly ManifestFile[];
}

export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  readonly hash: string;
  /** Time of the last change: while it and the size are the same, the content is taken to be. */
  readonly modified: number;
}

const manifestName = "manifest.json";

/** Folder of a data set in the cache. Its name changes with the pinned hashes, so versions never mix. */
export function datasetFolder(dataset: Dataset): string {
  const pins = dataset.files
    .map((file) => `${file.name} ${file.hash} ${file.unpack?.digest ?? ""}`)
    .join("\n");
  const version = hashOf(new TextEncoder().encode(pins)).slice("sha256:".length).slice(0, 12);
  return join(cacheFolder(), "datasets", `${dataset.name}-${version}`);
}

/**
 * The data set as the cache holds it, or undefined when it is absent, half-written or damaged. Files whose
 * size or time changed since they were fetched are hashed again; so each call costs one `stat` a file.
 */
export async function cachedDataset(dataset: Dataset): Promise<FetchedDataset | undefined> {
  const folder = datasetFolder(dataset);
  const manifest = await readManifest(folder);
  if (manifest === undefined) return undefined;
  let touched = false;
  const files: ManifestFile[] = [];
  for (const file of manifest.files) {
    const path = join(folder, file.path);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined || stats.size !== file.bytes) return undefined;
    if (stats.mtimeMs !== file.modified) {
      if ((await hashOfFile(path).catch(() => "")) !== file.hash) return undefined;
      touched = true;
    }
    files.push({ ...file, modified: stats.mtimeMs });
  }
  // The content was right after all (a copied or restored cache): remember the new times.
  if (touched) await writeManifest(folder, { ...manifest, files }).catch(() => {});
  return fetched(dataset, manifest);
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeAtomically(join(folder, manifestName), (file) =>
    file.write(`${JSON.stringify(manifest, undefined, 1)}\n`),
  );
}

/** Records files that have just been put into the set's folder and verified. */
export async function manifestOf(dataset: Dataset, paths: readonly string[]): Promise<Manifest> {
  const folder = datasetFolder(dataset);
  const files: ManifestFile[] = [];
  for (const path of paths) {
    const { size, mtimeMs } = await stat(join(folder, path));
    files.push({ path, bytes: size, hash: await hashOfFile(join(folder, path)), modified: mtimeMs });
  }
  return { name: dataset.name, files };
}

export function fetched(dataset: Dataset, manifest: Manifest): FetchedDataset {
  const folder = datasetFolder(dataset);
  return {
    name: dataset.name,
    folder,
    files: Object.fromEntries(manifest.files.map((file) => [file.path, join(folder, file.path)])),
  };
}

export async function removeCached(dataset: Dataset): Promise<boolean> {
  const folder = datasetFolder(dataset);
  const existed = (await stat(folder).catch(() => undefined)) !== undefined;
  // The manifest first: a removal that is interrupted leaves an incomplete set, not a broken one.
  await rm(join(folder, manifestName), { force: true });
  await rm(folder, { recursive: true, force: true });
  return existed;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, manifestName), "utf8")) as Manifest;
    return Array.isArray(manifest.files) && manifest.files.length > 0 ? manifest : undefined;
  } catch {
    return undefined;
  }
}
