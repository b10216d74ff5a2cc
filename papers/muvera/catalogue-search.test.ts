import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { type PaperId, paperIds } from "../catalogue.ts";
import { type CatalogueSearch, catalogueSearch } from "./catalogue-search.ts";

describe("the search of the catalogue", () => {
  let search: CatalogueSearch;
  beforeAll(async () => {
    search = await catalogueSearch(
      readFileSync(join(import.meta.dirname, "assets/word-vectors.safetensors")),
    );
  });

  test.each<[string, readonly PaperId[]]>([
    ["make a neural network smaller", ["lord", "trp", "bip"]],
    ["solve many similar linear systems", ["skr", "learn-to-relax"]],
    ["recommend movies from few ratings", ["robust-altmin"]],
    ["find similar documents with many vectors", ["muvera"]],
    ["images from noise in few steps", ["dpm-solver-v3"]],
    ["move one cloud of dots onto another", ["lightsb"]],
    ["weather measurements at scattered stations", ["funbat"]],
    ["estimate temperature between weather stations", ["funbat"]],
    ["causes and effects with feedback loops", ["one-connection"]],
    ["tell cause from correlation", ["one-connection"]],
    ["who should I follow in a social network", ["powerwalk"]],
    ["vectors for the vertices of a graph without training", ["fastrp"]],
    ["formulas for pi and e", ["esma"]],
    ["split data into two classes", ["perceptron-gd"]],
    ["merge models without data", ["breadcrumbs"]],
    ["long sequences without attention", ["monarch-mixer", "ptd-ssm"]],
    ["audio signals with long memory", ["ptd-ssm"]],
    ["guess what film a user will like", ["robust-altmin", "nbpo"]],
    ["which rows of a data set matter for regression", ["lp-sensitivity", "linf-sketch"]],
    ["learn the best solver parameter while solving", ["learn-to-relax"]],
    ["hidden state of a time series", ["ppg"]],
    ["fixed points with noisy evaluations", ["vr-halpern"]],
    ["update one coordinate at a time", ["greedy-bcd"]],
    ["shrink a language model for a phone", ["dsformer", "lord"]],
    ["generate pictures faster", ["dpm-solver-v3", "dc-solver"]],
    ["sharpen and upscale old photographs", ["ss-moe-sr", "arbitrary-scale", "diffir"]],
    ["molecules and rotations", ["gaunt"]],
  ])("finds one that fits “%s” among the first three", (query, fitting) => {
    const first = search
      .byEncodings(query)
      .slice(0, 3)
      .map(({ document }) => paperIds[document]!);
    expect(
      first.some((id) => fitting.includes(id)),
      first.join(", "),
    ).toBe(true);
  });

  test("finds nothing for words that are none", () => {
    expect(search.byEncodings("qqqq zzzz")).toEqual([]);
    expect(search.exactly("qqqq zzzz")).toEqual([]);
  });
});
