import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type CommandOptions, type Outcome, root, run } from "./command.ts";

// The bootstrap script against an npm that only pretends: it writes into install.log when it begins and ends,
// and makes node_modules in between.
const fakeNpm = `
  const fs = require("node:fs");
  const log = (word) => fs.appendFileSync("install.log", word + " " + process.env.ONNXRUNTIME_NODE_INSTALL + "\\n");
  log("begin");
  fs.rmSync("node_modules", { recursive: true, force: true });
  fs.mkdirSync("node_modules");
  setTimeout(() => {
    if (fs.existsSync("fail")) process.exit(3);
    fs.writeFileSync("node_modules/complete", "");
    log("end");
  }, 600);
  process.on("SIGTERM", () => process.exit(1));
`;

let folder: string;
const inFolder = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ockham-bootstrap-"));
  mkdirSync(inFolder("scripts"));
  cpSync(join(root, "scripts/bootstrap.mjs"), inFolder("scripts/bootstrap.mjs"));
  writeFileSync(inFolder("package-lock.json"), "{}");
  writeFileSync(inFolder("npm.cjs"), fakeNpm);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function bootstrap(options: CommandOptions = {}): Promise<Outcome> {
  return run(process.execPath, ["scripts/bootstrap.mjs"], {
    cwd: folder,
    env: { npm_execpath: inFolder("npm.cjs") },
    ...options,
  });
}

const log = (): string[] =>
  existsSync(inFolder("install.log")) ? readFileSync(inFolder("install.log"), "utf8").trim().split("\n") : [];

const begun = async (): Promise<void> => {
  while (log().length === 0) await delay(10);
};

describe("bootstrap", () => {
  test("installs once, without the download of CUDA, with nothing on stdout", async () => {
    expect(await bootstrap()).toMatchObject({ status: 0, stdout: "" });
    expect(log()).toEqual(["begin skip", "end skip"]);
    expect(await bootstrap()).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(log()).toHaveLength(2);
  });

  test("installs again when the lock file has changed", async () => {
    await bootstrap();
    writeFileSync(inFolder("package-lock.json"), '{ "changed": true }');
    await bootstrap();
    expect(log()).toHaveLength(4);
  });

  test("leaves the folder alone that a linked node_modules points to", async () => {
    mkdirSync(inFolder("elsewhere"));
    writeFileSync(inFolder("elsewhere/kept"), "");
    symlinkSync(inFolder("elsewhere"), inFolder("node_modules"), "junction");
    const { status, stderr } = await bootstrap();
    expect(status).toBe(0);
    expect(stderr).toContain("node_modules is a link");
    expect(existsSync(inFolder("elsewhere/kept"))).toBe(true);
    expect(log()).toEqual([]);
  });

  test("a second install waits for the first and does nothing", async () => {
    const first = bootstrap();
    await begun();
    const second = await bootstrap();
    expect(second).toMatchObject({ status: 0 });
    expect(second.stderr).toContain("Waiting for another installation");
    expect(await first).toMatchObject({ status: 0 });
    expect(log()).toEqual(["begin skip", "end skip"]);
  });

  test("an interrupted install is repaired by the next", async () => {
    const first = await bootstrap({ interrupt: { signal: "SIGTERM", when: begun } });
    expect(first.status).not.toBe(0);
    expect(existsSync(inFolder("node_modules/complete"))).toBe(false);
    expect(await bootstrap()).toMatchObject({ status: 0 });
    expect(log()).toEqual(["begin skip", "begin skip", "end skip"]);
    expect(existsSync(inFolder(".ockham-install-lock"))).toBe(false);
  });

  test("an npm that outlives its killed bootstrap is waited for", async () => {
    const killed = await bootstrap({ interrupt: { signal: "SIGKILL", when: begun } });
    expect(killed.status).toBe(null);
    expect(existsSync(inFolder(".ockham-install-lock"))).toBe(true);
    expect(await bootstrap()).toMatchObject({ status: 0 });
    expect(log()).toEqual(["begin skip", "end skip", "begin skip", "end skip"]);
  });

  test("the lock of a process that died is taken over", async () => {
    mkdirSync(inFolder(".ockham-install-lock"));
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(inFolder(".ockham-install-lock/pids"), `${pid}\n`);
    expect(await bootstrap()).toMatchObject({ status: 0 });
    expect(log()).toEqual(["begin skip", "end skip"]);
  });

  test("a failed install is told and not remembered as done", async () => {
    writeFileSync(inFolder("fail"), "");
    const { status, stderr } = await bootstrap();
    expect(status).toBe(3);
    expect(stderr).toContain("run the command again");
    rmSync(inFolder("fail"));
    expect(await bootstrap()).toMatchObject({ status: 0 });
  });
});
