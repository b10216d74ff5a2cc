import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Figure } from "./figure.ts";
import { markdownReport } from "./markdown.ts";
import type { RunReport } from "./run-report.ts";
import { figureToSvg } from "./svg.ts";

/**
 * Writes a run's report into a folder: `<id>.json`, `<id>.md` and the figures as `<id>/<figure>.svg`. Every
 * file is complete or absent. Returns the path of the markdown file.
 */
export async function writeReport(
  folder: string,
  title: string,
  report: RunReport,
  figures: readonly Figure[],
): Promise<string> {
  for (const figure of figures)
    await writeWhole(join(folder, report.id, `${figure.id}.svg`), await figureToSvg(figure));
  await writeWhole(join(folder, `${report.id}.json`), `${JSON.stringify(report, undefined, 2)}\n`);
  const markdown = join(folder, `${report.id}.md`);
  await writeWhole(markdown, markdownReport(title, report));
  return markdown;
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.partial`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
