import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { requireReport } from "ockham/report";
import { expect, test } from "vitest";
import { papers } from "../papers/index.ts";
import { withResults } from "../scripts/results.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

test("every file in results/ is the report of a full run of a paper, with its figures", () => {
  for (const path of globSync("results/*.json", { cwd: root })) {
    const report = requireReport(path, JSON.parse(readFileSync(join(root, path), "utf8")));
    expect(report, path).toMatchObject({ id: basename(path, ".json"), mode: "full" });
    expect(papers).toHaveProperty(report.id);
    for (const figure of report.figures) expect(existsSync(join(root, "results", figure)), figure).toBe(true);
  }
});

test("documents state no other figures than those of results/", () => {
  for (const path of globSync(["README.md", "papers/*/README.md"], { cwd: root })) {
    const document = readFileSync(join(root, path), "utf8");
    expect(withResults(document, dirname(join(root, path))), path).toBe(document);
  }
});

test("figures of a document are made anew between its marks, and nothing else is touched", () => {
  const document =
    "# A\n<!-- results:never-measured -->\nold\n<!-- /results -->\nrest <!-- results -->\n<!-- /results -->\n";
  const written = withResults(document, root);
  expect(written).toMatch(
    /^# A\n<!-- results:never-measured -->\n\nNot measured yet\.\n\n<!-- \/results -->\nrest /,
  );
  expect(written).toContain("| paper | what it does |");
  expect(withResults(written, root)).toBe(written);
});
