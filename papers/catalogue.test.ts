import { existsSync } from "node:fs";
import { requireFacts } from "ockham/paper";
import { describe, expect, test } from "vitest";
import { factsOf, paperIds, papers } from "./index.ts";

describe("the catalogue", () => {
  test("names 64 papers in alphabetical order", () => {
    expect(paperIds).toHaveLength(64);
    expect(paperIds).toEqual([...paperIds].sort());
  });

  test.each(paperIds)("states complete facts of %s", (id) => {
    expect(() => requireFacts(id, factsOf(id))).not.toThrow();
  });

  test("gives no summary and no arXiv number twice", () => {
    const facts = paperIds.map(factsOf);
    for (const values of [facts.map(({ summary }) => summary), facts.flatMap(({ arxiv }) => arxiv ?? [])])
      expect(new Set(values).size).toBe(values.length);
  });
});

test.for(Object.entries(papers))("%s has the facts of the catalogue and a README", async ([id, load]) => {
  const { claims: _claims, seeds: _seeds, experiment: _experiment, ...facts } = await load();
  expect(facts).toEqual(factsOf(facts.id as (typeof paperIds)[number]));
  expect(facts.id).toBe(id);
  expect(existsSync(new URL(`./${id}/README.md`, import.meta.url))).toBe(true);
});
