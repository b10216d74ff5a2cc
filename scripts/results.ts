// Writes measured figures into documents: whatever stands between `<!-- results -->` (a line for every paper)
// or `<!-- results:<id> -->` (the claims of one) and `<!-- /results -->` is made anew from results/<id>.json.
// Usage: node --conditions=ockham-source scripts/results.ts [--check]
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { markdownClaims, markdownTable, measuredText, type RunReport, requireReport } from "ockham/report";
import { factsOf, type PaperId, paperIds, papers } from "../papers/index.ts";

const root = dirname(import.meta.dirname);

/** The document with its figures made anew. */
export function withResults(document: string, folder: string): string {
  return document.replace(
    /(<!-- results(?::([\w-]+))? -->\n).*?(<!-- \/results -->)/gs,
    (_, start: string, id: string | undefined, end: string) =>
      `${start}\n${id === undefined ? overview(folder) : claimsOf(id)}\n${end}`,
  );
}

/** The results of a paper's last full run, if there was one. */
function resultsOf(id: string): RunReport | undefined {
  const path = join(root, "results", `${id}.json`);
  if (!existsSync(path)) return undefined;
  return requireReport(`results/${id}.json`, JSON.parse(readFileSync(path, "utf8")));
}

function claimsOf(id: string): string {
  const results = resultsOf(id);
  if (results === undefined) return "Not measured yet.\n";
  const { seconds, seeds, environment } = results;
  return `${markdownClaims(results.claims)}
From \`ockham run ${id} --full\`: ${seeds.length} seeds, ${Math.round(seconds)} s on ${environment.cores} cores (${environment.cpu}).
`;
}

function overview(folder: string): string {
  const runnable = paperIds.filter((id: PaperId) => id in papers);
  return markdownTable({
    id: "papers",
    title: "Papers",
    columns: ["paper", "what it does", "first claim, as measured", "bar", "claims met"].map((name) => ({
      name,
    })),
    rows: runnable.map((id) => {
      const { title, year, summary } = factsOf(id);
      const link = `[${title}](${relative(folder, join(root, "papers", id)).replaceAll("\\", "/")}) (${year})`;
      const results = resultsOf(id);
      const first = results?.claims[0];
      if (results === undefined || first === undefined) return [link, summary, "not measured yet", "", ""];
      const met = results.claims.filter(({ pass }) => pass).length;
      const unit = first.unit && ` ${first.unit}`;
      const measured = `${first.says}: ${measuredText(first)}`;
      return [link, summary, measured, `${first.bar}${unit}`, `${met} of ${results.claims.length}`];
    }),
  });
}

if (import.meta.main) {
  const check = process.argv.includes("--check");
  for (const document of globSync(["README.md", "papers/*/README.md"], { cwd: root })) {
    const path = join(root, document);
    const before = readFileSync(path, "utf8");
    const after = withResults(before, dirname(path));
    if (after === before) continue;
    if (check) {
      process.stderr.write(`${document}: its figures are not those of results/; run npm run results\n`);
      process.exitCode = 1;
    } else writeFileSync(path, after);
  }
}
