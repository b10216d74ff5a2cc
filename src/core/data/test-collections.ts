import { requireOneOf } from "../errors.ts";
import { readBytes, unzip } from "../io/index.ts";
import type { LongCallOptions } from "../progress.ts";
import { fetchDataset } from "./fetch-dataset.ts";

export const testCollections = ["cranfield", "cisi"] as const;

/** Documents, queries and which documents people judged relevant. */
export interface TestCollection {
  /** Title and text of every document. */
  readonly documents: readonly string[];
  readonly queries: readonly string[];
  /** Relevant documents of every query, as positions in `documents`. */
  readonly relevant: readonly (readonly number[])[];
}

const members = {
  cranfield: { documents: "cran.all.1400", queries: "cran.qry", judgements: "cranqrel" },
  cisi: { documents: "CISI.ALL", queries: "CISI.QRY", judgements: "CISI.REL" },
} as const;

/**
 * Loads a test collection of information retrieval: Cranfield (1,400 abstracts of aerodynamics, 225 queries) or
 * CISI (1,460 abstracts of library science, 112 queries, 76 of them judged). All judgements of Cranfield but
 * those of code -1 (not relevant) count as relevant.
 *
 * Reference: Cleverdon 1967, The Cranfield tests on index language devices.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadTestCollection(
  name: (typeof testCollections)[number],
  options: LongCallOptions = {},
): Promise<TestCollection> {
  requireOneOf("name", name, testCollections);
  const [path] = Object.values((await fetchDataset(name, options)).files) as [string];
  const unpacked = unzip(await readBytes(path), undefined, path);
  const text = (member: string): string => new TextDecoder("latin1").decode(unpacked[member]);
  const { documents, queries, judgements } = members[name];
  const asked = records(text(queries));
  const relevant: number[][] = asked.map(() => []);
  for (const line of text(judgements).trim().split("\n")) {
    const [query, document, code] = line.trim().split(/\s+/).map(Number) as [number, number, number];
    if (name === "cranfield" && code < 1) continue;
    if (!relevant[query - 1]!.includes(document - 1)) relevant[query - 1]!.push(document - 1);
  }
  return { documents: records(text(documents)), queries: asked, relevant };
}

/** Records begin with `.I`; of their fields, title (.T) and text (.W) are kept. */
function records(text: string): string[] {
  return text
    .split(/^\.I .*$/m)
    .slice(1)
    .map((record) => {
      const fields = record.split(/^\.([A-Z])\s*$/m);
      const kept: string[] = [];
      for (let i = 1; i < fields.length; i += 2)
        if (fields[i] === "T" || fields[i] === "W") kept.push(fields[i + 1]!.trim());
      return kept.join("\n");
    });
}
