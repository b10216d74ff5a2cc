import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { taskNamed } from "../core/parallel/task.ts";
import { packageRoot } from "./package-root.ts";
import { workerTasks } from "./worker-tasks.ts";

/** Tasks that write to shared memory, which pools keep on their own machine, and the check of `ockham doctor`. */
const local = ["graph/propagate", "graph/train-skip-gram", "cli/pool-check"];

test("every task of the package is run by workers or stays on its machine on purpose", () => {
  const root = packageRoot();
  const sources = globSync(["src/**/*.ts", "papers/**/*.ts"], { cwd: root });
  const names = sources
    .filter((path) => !path.endsWith(".test.ts") && !path.endsWith("parallel/task.ts"))
    .flatMap((path) => [
      ...readFileSync(join(root, path), "utf8").matchAll(/defineTask\(\{\s*name: "([^"]+)"/g),
    ])
    .map(([, name]) => name!);
  expect(names.sort(), "listed in src/cli/worker-tasks.ts").toEqual(
    [...Object.keys(workerTasks), ...local].sort(),
  );
});

test.each(Object.keys(workerTasks))("the module of %s defines it", async (name) => {
  await workerTasks[name]!();
  expect(taskNamed(name).name).toBe(name);
});
