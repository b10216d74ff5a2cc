// Checks that imports point downwards only (ARCHITECTURE.md). Usage: node scripts/layers.ts [root]
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fields } from "../src/core/paper/fields.ts";

/** Lowest first. A file may import its own layer's folder and every folder of a lower row. */
const layers: readonly (readonly string[])[] = [
  ["src/core/errors", "src/core/progress", "src/core/environment"],
  ["src/core/demo", "src/core/name-pattern"],
  ["src/core/array", "src/core/exact", "src/core/wasm"],
  ["src/core/special", "src/core/parallel"],
  ["src/core/signal"],
  ["src/core/random"],
  ["src/core/linalg"],
  ["src/core/sparse"],
  ["src/core/io"],
  ["src/core/data"],
  ["src/core/tensor"],
  ["src/core/nn"],
  ["src/core/learn"],
  ["src/core/report"],
  ["src/core/paper"],
  // The fields: siblings, none imports another.
  fields.map((field) => `src/${field}`),
  ["src/index"],
  ["papers"],
  ["src/cli"],
  ["lab"],
];

const root = resolve(process.argv[2] ?? ".");
const importPattern = /(?:from\s+|import\s+|import\(\s*|new URL\(\s*)["']([^"']+)["']/g;

/** The layer that a path from the root lies in: its row and its folder. */
function layerOf(path: string): { row: number; folder: string } | undefined {
  for (const [row, folders] of layers.entries()) {
    const folder = folders.find((name) => path === `${name}.ts` || path.startsWith(`${name}/`));
    if (folder !== undefined) return { row, folder };
  }
  return undefined;
}

interface Conditions {
  readonly [condition: string]: string | Conditions;
}
const { exports, imports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  exports: Conditions;
  imports: Conditions;
};

/** The source that an entry of `exports` or `imports` stands for; undefined for a package's. */
function sourceOf(entry: string | Conditions): string | undefined {
  if (typeof entry === "string") return entry.startsWith("./") ? entry.slice(2) : undefined;
  return sourceOf(entry["ockham-source"] ?? entry.default!);
}

/** Maps an import specifier to a path from the root; undefined for packages. */
function target(specifier: string, file: string): string | undefined {
  if (specifier.startsWith(".")) return relative(root, resolve(dirname(join(root, file)), specifier));
  const internal = specifier.startsWith("#");
  if (!internal && !/^ockham(\/|$)/.test(specifier)) return undefined;
  const entry = internal ? imports[specifier] : exports[`.${specifier.slice("ockham".length)}`];
  return entry === undefined ? specifier : sourceOf(entry);
}

let files = 0;
const violations: string[] = [];
for (const top of ["src", "papers", "lab"]) {
  let entries: string[] = [];
  try {
    entries = readdirSync(join(root, top), { recursive: true, encoding: "utf8" });
  } catch {
    continue;
  }
  for (const entry of entries) {
    const file = `${top}/${entry.replaceAll("\\", "/")}`;
    if (!/\.tsx?$/.test(file) || /\.test\.tsx?$/.test(file) || file.includes("node_modules/")) continue;
    files++;
    const own = layerOf(file);
    if (own === undefined) {
      violations.push(`${file}: lies in no known layer; add its folder to scripts/layers.ts`);
      continue;
    }
    for (const [, specifier] of readFileSync(join(root, file), "utf8").matchAll(importPattern)) {
      const path = target(specifier!, file)?.replaceAll("\\", "/");
      if (path === undefined) continue;
      const other = layerOf(path);
      if (other === undefined) violations.push(`${file}: imports ${specifier}, which lies in no known layer`);
      else if (other.folder !== own.folder && other.row >= own.row)
        violations.push(`${file}: ${own.folder} must not import ${other.folder} (${specifier})`);
    }
  }
}
if (files === 0) violations.push(`no source file found under ${root}`);
for (const violation of violations) process.stderr.write(`${violation}\n`);
process.stderr.write(`layers: ${files} files, ${violations.length} violations\n`);
process.exitCode = violations.length > 0 ? 1 : 0;
