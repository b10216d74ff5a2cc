import { InvalidInputError } from "ockham";
import type { Paper } from "ockham/paper";
import { type PaperId, paperIds, papers } from "../../papers/index.ts";
import { didYouMean } from "./suggest.ts";

/** Ids of the papers that have an experiment. */
export const implementedIds = Object.keys(papers) as readonly PaperId[];

/** Loads papers by id; refuses unknown ids, with the nearest, and papers that have no experiment. */
export function loadPapers(ids: readonly string[]): Promise<Paper[]> {
  const loaders = ids.map((id) => {
    if (!(paperIds as readonly string[]).includes(id))
      throw new InvalidInputError("paper", `no paper is called "${id}"${didYouMean(id, paperIds)}`);
    const load = papers[id as PaperId];
    if (load === undefined)
      throw new InvalidInputError(
        "paper",
        `${id} has no experiment yet; those that have: ${implementedIds.join(", ")}`,
      );
    return load;
  });
  return Promise.all(loaders.map((load) => load()));
}
