import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeBlocks, runBlock, scratchFolder } from "./code-blocks.ts";
import { root } from "./command.ts";

// What the documents tell people to type works as it stands there.

let scratch: ReturnType<typeof scratchFolder>;
beforeAll(() => {
  scratch = scratchFolder();
});
afterAll(() => scratch.remove());

const documents = globSync(["README.md", "papers/*/README.md"], { cwd: root });

describe.each(documents)("%s", (document) => {
  const blocks = codeBlocks(readFileSync(join(root, document), "utf8"));

  test.each(blocks)("runs its block of $language on line $line", async (block) => {
    const { status, stdout, stderr } = await runBlock(block, scratch.path);
    expect(status, `${stdout}\n${stderr}`).toBe(0);
  });
});

describe("the blocks of a document", () => {
  const fence = "```";

  test("are found with their language and line", () => {
    const text = `# A\n\n${fence}ts\nconst a = 1;\n${fence}\n\ntext\n\n${fence}sh\nls\n${fence}\n`;
    expect(codeBlocks(text)).toEqual([
      { language: "ts", code: "const a = 1;\n", line: 3 },
      { language: "sh", code: "ls\n", line: 9 },
    ]);
  });

  test("are run as modules that import the package by its name", async () => {
    const code =
      'import { fastRP } from "ockham/graph"; if (typeof fastRP !== "function") throw new Error();';
    expect(await runBlock({ language: "ts", code, line: 1 }, scratch.path)).toMatchObject({ status: 0 });
    const wrong = 'import { fastRq } from "ockham/graph"; fastRq();';
    expect((await runBlock({ language: "ts", code: wrong, line: 2 }, scratch.path)).status).not.toBe(0);
  });

  test("are run through the command line, one after the other", async () => {
    const code = `npx ockham embed-graph edges.csv --dim 4 --out vectors.npy   # comment
$ npm run -s ockham -- evaluate-embedding vectors.npy --labels labels.csv --json > scores.json
npx ockham list | head -1
npm start`;
    expect(await runBlock({ language: "sh", code, line: 1 }, scratch.path)).toMatchObject({
      status: 0,
      stderr: "",
    });
    expect(existsSync(join(scratch.path, "scores.json"))).toBe(true);
    const wrong = "npx ockham embed-graph edges.csv --dmi 4 --out x.npy";
    expect((await runBlock({ language: "sh", code: wrong, line: 1 }, scratch.path)).status).toBe(2);
  });
});
