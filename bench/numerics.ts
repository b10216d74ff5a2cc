// Float64 numerics against numpy and scipy in the same run.
// Usage: node --conditions=ockham-source bench/numerics.ts [section ...] [--json]
import { readdirSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import Table from "cli-table3";
import { lapackInfo } from "ockham/linalg";
import { PythonPeer } from "./support/peer.ts";
import { type Outcome, run, type Section } from "./support/race.ts";

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const json = process.argv.includes("--json");
const folder = new URL("./numerics/", import.meta.url);
const sections: Section[] = [];
for (const file of readdirSync(folder).sort()) {
  const { section } = (await import(new URL(file, folder).href)) as { section: Section };
  if (wanted.length === 0 || wanted.includes(section.name)) sections.push(section);
}
if (sections.length === 0) throw new Error(`no section is named ${wanted.join(" or ")}`);

const python = PythonPeer.start();
const { library, vendor, threads } = lapackInfo();
const environment = {
  node: process.version,
  cpu: `${cpus()[0]?.model.trim()}, ${availableParallelism()} threads`,
  lapack: library === undefined ? "none" : `${vendor}, ${threads} threads`,
  peer: python === undefined ? "none: install python3-scipy to compare" : "numpy and scipy",
};
const results: Record<string, Outcome[]> = {};
try {
  for (const { name, races } of sections) {
    results[name] = [];
    for (const race of races()) {
      if (!json) process.stderr.write(`${name}: ${race.name}\n`);
      results[name].push(await run(race, python));
    }
  }
} finally {
  python?.stop();
}

if (json) process.stdout.write(`${JSON.stringify({ environment, results }, null, 2)}\n`);
else {
  for (const [key, value] of Object.entries(environment)) process.stdout.write(`${key}: ${value}\n`);
  for (const [name, outcomes] of Object.entries(results)) {
    const table = new Table({
      head: [name, "ours, ms", "peer, ms", "ratio", "bar", ""],
      style: { head: [], border: [] },
      colAligns: ["left", "right", "right", "right", "right", "left"],
    });
    for (const { name: work, ours, peer, ratio, bar, pass } of outcomes)
      table.push([
        work,
        ours.toFixed(3),
        peer?.toFixed(3) ?? "",
        ratio?.toFixed(2) ?? "",
        bar ?? "",
        pass === undefined ? "" : pass ? "met" : "MISSED",
      ]);
    process.stdout.write(`${table.toString()}\n`);
  }
}
const missed = Object.values(results)
  .flat()
  .filter(({ pass }) => pass === false);
process.exitCode = missed.length > 0 ? 1 : 0;
