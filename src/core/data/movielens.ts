import { requireKnownOptions, requireOneOf } from "../errors.ts";
import { readBytes, unzip } from "../io/index.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { fetchDataset } from "./fetch-dataset.ts";

/** Ratings as triplets. */
export interface Ratings {
  readonly users: number;
  readonly items: number;
  /** Of each rating: user and item from 0, stars from 1 to 5, seconds since 1970. */
  readonly user: Int32Array;
  readonly item: Int32Array;
  readonly rating: Float64Array;
  readonly time: Int32Array;
}

export interface MovieLensOptions extends LongCallOptions {
  /**
   * Which file: `u.data` (all 100,000 ratings, the default), or a part of an official split: `u1` to `u5`
   * (80/20) and `ua`, `ub` (ten of each user held out), each `.base` or `.test`.
   */
  readonly file?: string;
}

const splits = ["u1", "u2", "u3", "u4", "u5", "ua", "ub"];
const files = ["u.data", ...splits.flatMap((split) => [`${split}.base`, `${split}.test`])];

/**
 * Loads MovieLens 100K: 943 users, 1,682 films. Ids are those of the files less one.
 *
 * Reference: Harper and Konstan 2015.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadMovieLens100k(options: MovieLensOptions = {}): Promise<Ratings> {
  requireKnownOptions("options", options, ["file", ...longCallOptions]);
  const { file: wanted, ...call } = options;
  const file = requireOneOf("options.file", wanted ?? "u.data", files);
  const [path] = Object.values((await fetchDataset("ml-100k", call)).files) as [string];
  const member = `ml-100k/${file}`;
  const text = new TextDecoder().decode(
    unzip(await readBytes(path), (name) => name === member, path)[member],
  );
  const rows = text
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  return {
    users: 943,
    items: 1682,
    user: Int32Array.from(rows, (row) => Number(row[0]) - 1),
    item: Int32Array.from(rows, (row) => Number(row[1]) - 1),
    rating: Float64Array.from(rows, (row) => Number(row[2])),
    time: Int32Array.from(rows, (row) => Number(row[3])),
  };
}
