import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { measuredText, type RunReport, requireReport } from "ockham/report";
import { demos } from "../../papers/demos.ts";
import { factsOf, type PaperId, papers } from "../../papers/index.ts";
import type { ClaimRow, PaperCard, PaperPage } from "./content.ts";
import { readReadme } from "./readme.ts";

/** Folder of the checkout. */
export const root = join(import.meta.dirname, "../..");

/** The card of a paper in the catalogue, from its facts and its last full run. */
export function cardOf(id: PaperId): PaperCard {
  const report = reportOf(id);
  const built = id in papers;
  const first = report?.claims[0];
  const speedUp = report && speedUpOf(report);
  return {
    ...factsOf(id),
    state: report ? "measured" : built ? "built" : "planned",
    demo: id in demos,
    ...(first && {
      headline: {
        says: first.says,
        measured: typeset(measuredText(first)),
        bar: withUnit(first.bar, first.unit),
        pass: first.pass,
      },
    }),
    ...(report && {
      met: [report.claims.filter(({ pass }) => pass).length, report.claims.length] as const,
    }),
    ...(speedUp !== undefined && { speedUp }),
  };
}

/** A page as data; the URLs of its figures are the paths of their files. */
export async function pageOf(id: PaperId): Promise<PaperPage> {
  const report = reportOf(id);
  const document = join(root, "papers", id, "README.md");
  const readme = readReadme(existsSync(document) ? readFileSync(document, "utf8") : "", factsOf(id));
  const demo = await demos[id]?.();
  return {
    ...readme,
    claims: report ? report.claims.map(rowOf) : await claimsToMeasure(id),
    ...(report && {
      run: { seconds: report.seconds, seeds: report.seeds.length, environment: report.environment },
    }),
    figures: (report?.figures ?? []).map((path) => ({
      title: titleOfFigure(path),
      url: join(root, "results", path),
    })),
    ...(demo && { demo: { says: demo.says, controls: demo.controls, shows: demo.shows } }),
  };
}

function reportOf(id: PaperId): RunReport | undefined {
  const path = join(root, "results", `${id}.json`);
  return existsSync(path) ? requireReport(path, JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

function rowOf(claim: RunReport["claims"][number]): ClaimRow {
  return {
    id: claim.id,
    says: claim.says,
    paper: claim.paper,
    measured: typeset(measuredText(claim)),
    bar: withUnit(claim.bar, claim.unit),
    pass: claim.pass,
    ...(claim.skipped !== undefined && { skipped: claim.skipped }),
  };
}

/** The claims of a paper that was not measured in full yet. */
async function claimsToMeasure(id: PaperId): Promise<ClaimRow[]> {
  const paper = await papers[id]?.();
  return (paper?.claims ?? []).map(({ id, says, paper }) => ({
    id,
    says,
    paper,
    measured: "not measured yet",
    bar: "",
    pass: null,
  }));
}

/** Figures are named in kebab-case; the SVG file holds its title. */
function titleOfFigure(path: string): string {
  const svg = readFileSync(join(root, "results", path), "utf8");
  const title = /<title>([^<]*)<\/title>/.exec(svg)?.[1];
  const name = path.slice(path.indexOf("/") + 1, -".svg".length).replaceAll("-", " ");
  return title ?? name.charAt(0).toUpperCase() + name.slice(1);
}

/** Claims of the form "time of the baseline over that of the method". */
const speed = /\b(time|seconds|iterations|evaluations|faster|speed)\b/i;

function speedUpOf({ claims }: RunReport): number | undefined {
  const measured = claims.flatMap(({ unit, bar, says, measured }) =>
    unit === "x" && measured !== null && bar.startsWith(">=") && speed.test(says) ? [measured] : [],
  );
  return measured.length > 0 ? Math.max(...measured) : undefined;
}

function withUnit(bar: string, unit: string): string {
  const [, low, high] = /^(\S+) to (\S+)$/.exec(bar) ?? [];
  const words = low !== undefined && low === high ? `exactly ${low}` : bar;
  return typeset(unit === "" ? words : `${words} ${unit}`);
}

/** Signs of print for those of the terminal. */
function typeset(text: string): string {
  return text
    .replace(">=", "\u2265")
    .replace("<=", "\u2264")
    .replace(/ x(?= |$)/, "\u2009\u00d7");
}
