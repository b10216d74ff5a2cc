import type { Matrix } from "../array/index.ts";
import { InvalidInputError, requireKnownOptions, show } from "../errors.ts";
import { parseNpy, readBytes, unzip } from "../io/index.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { fetchDataset } from "./fetch-dataset.ts";

/** Days on which cells were taken. */
export const cellDays = [2, 3, 4, 7] as const;
export type CellDay = (typeof cellDays)[number];

export interface SingleCellOptions extends LongCallOptions {
  /** Principal components, default 50. */
  readonly components?: 50 | 100;
}

/**
 * Loads the gene expression of the cells of one donor on days 2, 3, 4 and 7 as principal components, a row a cell.
 * Different cells each day: nothing pairs them.
 *
 * Reference: Open Problems in Single-Cell Analysis, CITE-seq, as prepared by Tong et al. 2024.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadSingleCells(
  options: SingleCellOptions = {},
): Promise<Readonly<Record<CellDay, Matrix>>> {
  requireKnownOptions("options", options, ["components", ...longCallOptions]);
  const { components = 50, ...call } = options;
  if (components !== 50 && components !== 100)
    throw new InvalidInputError("options.components", `expected 50 or 100, got ${show(components)}`);
  const [path] = Object.values((await fetchDataset("single-cell-cite", call)).files) as [string];
  const member = (day: CellDay): string => `full_cite_pcas_${components}_day_${day}.npy`;
  const names = new Set(cellDays.map(member));
  const members = unzip(await readBytes(path), (name) => names.has(name), path);
  const read = (day: CellDay): Matrix => {
    const { shape, data } = parseNpy(members[member(day)]!, `${path}, ${member(day)}`);
    return { dtype: "float64", shape, data: Float64Array.from(data as Float32Array) };
  };
  return { 2: read(2), 3: read(3), 4: read(4), 7: read(7) };
}
