import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Outcome, root, run } from "./command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ockham-layers-"));
  cpSync(join(root, "package.json"), join(folder, "package.json"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function check(files: Readonly<Record<string, string>>): Promise<Outcome> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return run(process.execPath, [join(root, "scripts/layers.ts"), folder]);
}

describe("the layer check", () => {
  test("passes the sources of this package", async () => {
    expect(await run(process.execPath, [join(root, "scripts/layers.ts"), root])).toMatchObject({ status: 0 });
  });

  test("passes imports that point downwards", async () => {
    const outcome = await check({
      "src/core/errors.ts": "export const a = 1;",
      "src/core/array/index.ts": 'import { a } from "../errors.ts"; export const b = a;',
      "src/graph/index.ts": 'export { b } from "../core/array/index.ts"; import "./other.ts";',
      "src/graph/other.ts": "export {};",
      "papers/one/paper.ts": 'import { b } from "ockham/graph"; import "ockham"; import "piscina";',
    });
    expect(outcome).toMatchObject({ status: 0, stderr: "layers: 5 files, 0 violations\n" });
  });

  test.each([
    ["a static import upwards", "src/core/array/a.ts", 'import { x } from "../random/index.ts";'],
    ["a re-export upwards", "src/core/array/a.ts", 'export * from "../../graph/index.ts";'],
    ["a dynamic import upwards", "src/core/array/a.ts", 'const x = await import("../random/index.ts");'],
    ["an import for its effects", "src/core/array/a.ts", 'import "../random/index.ts";'],
    ["a type import upwards", "src/core/array/a.ts", 'import type { X } from "../random/index.ts";'],
    ["a module URL upwards", "src/core/array/a.ts", 'new URL("../random/worker.ts", import.meta.url);'],
    ["a field importing another", "src/graph/a.ts", 'import { x } from "../pde/index.ts";'],
    ["a field importing another by its public name", "src/pde/a.ts", 'import { x } from "ockham/graph";'],
    ["a public name upwards", "src/core/array/a.ts", 'import { x } from "ockham/random";'],
    ["a conditional import upwards", "src/core/array/a.ts", 'import { x } from "#thread-pool";'],
    ["the core importing a paper", "src/core/paper/a.ts", 'import { x } from "../../../papers/index.ts";'],
    ["a public name that does not exist", "papers/one/paper.ts", 'import { x } from "ockham/alchemy";'],
    ["a folder that is in no layer", "src/alchemy/index.ts", "export {};"],
  ])("fails on %s", async (_, path, text) => {
    const outcome = await check({ [path]: text });
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain(path);
  });

  test("fails where it finds no source at all", async () => {
    expect(await check({})).toMatchObject({ status: 1 });
  });
});
