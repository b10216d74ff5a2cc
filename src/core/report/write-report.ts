import { writeAtomically } from "../io/index.ts";
import type { Figure } from "./figure.ts";
import { markdownReport } from "./markdown.ts";
import type { Picture } from "./picture.ts";
import type { RunReport } from "./run-report.ts";
import { figureToSvg } from "./svg.ts";

/**
 * Writes a run's results into a folder: `<id>.json` and the figures as `<id>/<figure>.svg`. Every file is
 * complete or absent.
 */
export async function writeResults(
  folder: string,
  report: RunReport,
  figures: readonly (Figure | Picture)[],
): Promise<void> {
  for (const figure of figures)
    await writeText(`${folder}/${report.id}/${figure.id}.svg`, await figureToSvg(figure));
  await writeText(`${folder}/${report.id}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** {@link writeResults}, and the report for people as `<id>.md`, whose path is returned. */
export async function writeReport(
  folder: string,
  title: string,
  report: RunReport,
  figures: readonly (Figure | Picture)[],
): Promise<string> {
  await writeResults(folder, report, figures);
  const path = `${folder}/${report.id}.md`;
  await writeText(path, markdownReport(title, report));
  return path;
}

function writeText(path: string, text: string): Promise<void> {
  return writeAtomically(path, (file) => file.write(text));
}
