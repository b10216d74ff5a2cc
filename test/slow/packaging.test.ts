import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Outcome, root, run } from "./command.ts";

// The package as a stranger gets it: packed, installed into an empty folder, imported and run.

let folder: string;
let installed: Outcome;

// No install script may run, nothing but the registry (or its cache) may be asked.
const env = {
  ONNXRUNTIME_NODE_INSTALL: "skip",
  npm_config_ignore_scripts: "true",
  npm_config_prefer_offline: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ockham-package-"));
  expect(await run("npm", ["run", "-s", "build"], { env })).toMatchObject({ status: 0 });
  const packed = await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { env });
  expect(packed, packed.stderr).toMatchObject({ status: 0 });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "stranger", type: "module", private: true }),
  );
  installed = await run("npm", ["install", "--omit=optional", `./${tarball}`], { cwd: folder, env });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packed package", () => {
  test("installs into an empty folder", () => {
    expect(installed.status, installed.stderr).toBe(0);
  });

  test("holds no sources, no tests and no data", () => {
    const files = readdirSync(join(folder, "node_modules/ockham"), { recursive: true, encoding: "utf8" });
    expect(files).toContain("dist/src/cli/main.js");
    expect(files).toContain("dist/lab/index.html");
    expect(files.filter((name) => /demo/.test(name) && name.startsWith("dist/papers"))).toEqual([]);
    expect(files).toContain("LICENSE");
    expect(files.filter((name) => /\.test\.|^(src|test|bench|scripts|papers)\b/.test(name))).toEqual([]);
    expect(files.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))).toEqual([]);
  });

  test("gives its public modules to import, with declarations", async () => {
    writeFileSync(
      join(folder, "use.js"),
      `import { fastRP, graphFromEdges } from "ockham/graph";
       import { threadPool } from "ockham/parallel";
       const graph = graphFromEdges({ sources: [0, 1, 2], targets: [1, 2, 3] });
       const pool = threadPool({ threads: 1 });
       const { shape } = await fastRP(graph, { dim: 2, pool });
       await pool.close();
       console.log(JSON.stringify(shape));`,
    );
    const { status, stdout, stderr } = await run(process.execPath, ["use.js"], { cwd: folder });
    expect([status, stdout, stderr]).toEqual([0, "[4,2]\n", ""]);
    expect(existsSync(join(folder, "node_modules/ockham/dist/src/graph/index.d.ts"))).toBe(true);
  });

  test("type-checks in a TypeScript project", async () => {
    writeFileSync(
      join(folder, "use.ts"),
      `import type { NdArray } from "ockham/array";
       import { fastRP, graphFromEdges } from "ockham/graph";
       const graph = graphFromEdges({ sources: [0], targets: [1] });
       export const vectors: Promise<NdArray> = fastRP(graph, { dim: 2 });
       // @ts-expect-error a misspelt option
       fastRP(graph, { dmi: 2 });`,
    );
    const tsc = join(root, "node_modules/.bin/tsc");
    const options = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2024",
      "--lib",
      "es2024,dom",
    ];
    const { status, stdout } = await run(tsc, [...options, "--skipLibCheck", "use.ts"], { cwd: folder });
    expect([status, stdout]).toEqual([0, ""]);
  });

  test("brings the command", async () => {
    const { status, stdout, stderr } = await run("npx", ["--no-install", "ockham", "list", "--json"], {
      cwd: folder,
      env,
    });
    expect([status, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toHaveLength(64);
  });

  test("serves the lab that it brings, isolated and to itself", async () => {
    const main = join(folder, "node_modules/ockham/dist/src/cli/main.js");
    const child = spawn(process.execPath, [main, "lab", "--port", "0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(line.toString())![0];
      const page = await fetch(`${url}papers/fastrp/`);
      expect(page.status).toBe(200);
      expect(Object.fromEntries(page.headers)).toMatchObject({
        "content-security-policy": expect.stringMatching(
          /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'/,
        ),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
      });
      const script = /<script[^>]*src="([^"]+)"/.exec(await page.text())![1]!;
      expect((await fetch(new URL(script, `${url}papers/fastrp/`))).headers.get("content-type")).toMatch(
        /javascript/,
      );
      expect((await fetch(`${url}no/such/page`)).status).toBe(404);
    } finally {
      child.kill();
    }
  });

  test("runs on the Node of the machine outside npm scripts, where it is new enough", async () => {
    const path = process.env.PATH!.split(delimiter).filter((entry) => !entry.includes("node_modules"));
    const env = { PATH: path.join(delimiter) };
    const version = (await run("node", ["--version"], { env })).stdout;
    const main = join(folder, "node_modules/ockham/dist/src/cli/main.js");
    const { status, stdout } = await run("node", [main, "--version"], { cwd: folder, env });
    expect([version.startsWith("v"), status, stdout]).toEqual([true, 0, "0.1.0\n"]);
  });
});
