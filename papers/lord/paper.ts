import { definePaper, type Figure, type Measurement, type Table } from "ockham/paper";
import { factsOf } from "../catalogue.ts";
import { mean } from "../compression-summary.ts";
import { exactness, speed } from "./checks.ts";
import { clothes } from "./clothes.ts";
import { keeps, mobyDick } from "./moby-dick.ts";
import { listening, type PretrainedOutcome, reading } from "./pretrained.ts";

export const paper = definePaper({
  ...factsOf("lord"),
  seeds: { quick: 3, full: 3 },
  claims: [
    {
      id: "rank-16-over-svd",
      says: "Perceptron 196-128-128-10 on clothes, hidden layers of rank 16: accuracy of LoRD above that of truncated SVD",
      paper: "decomposing features rather than weights loses far less at the same rank",
      bar: { atLeast: 0.06 },
      unit: "",
    },
    {
      id: "rank-16-below-dense",
      says: "The same: accuracy of the dense network above that of LoRD",
      paper: "ranks reduced by up to 39.58 % with less than 1 % more perplexity",
      bar: { atMost: 0.04 },
      unit: "",
    },
    {
      id: "rank-8-over-svd",
      says: "Hidden layers of rank 8: accuracy of LoRD above that of truncated SVD",
      paper: "decomposing features rather than weights loses far less at the same rank",
      bar: { atLeast: 0.08 },
      unit: "",
    },
    {
      id: "exactness",
      says: "Relative difference of the promised mean squared error and the one on the calibration vectors, worst of ranks 1 to 40",
      paper: "no better approximation of that rank exists for the calibration data",
      bar: { atMost: 1e-6 },
      unit: "",
    },
    {
      id: "latency",
      says: "Measured time of a layer 1024 x 1024 at rank 256, batch 64, over that of the dense one",
      paper: "inference up to 22.35 % faster",
      bar: { atMost: 0.65 },
      unit: "x",
    },
    {
      id: "file",
      says: "Its file over that of the dense one",
      paper: "16 billion parameters become 13.2 billion",
      bar: { atMost: 0.52 },
      unit: "x",
    },
    {
      id: "every-keep",
      says: "Character model of Moby Dick: perplexity of LoRD over that of truncated SVD, worst of 0.8 to 0.2 of the rank",
      paper: "lower perplexity than decompositions of the weights",
      bar: { full: { atMost: 1 } },
      unit: "x",
    },
    {
      id: "half-rank",
      says: "Half the rank: rise of perplexity over the dense model by LoRD, over that by truncated SVD",
      paper: "ranks reduced by up to 39.58 % with less than 1 % more perplexity",
      bar: { full: { atMost: 0.5 } },
      unit: "x",
    },
    {
      id: "reading",
      says: "PaddleOCR's recognition network factored: characters read right over those that the original reads",
      paper: "one-shot, without training",
      bar: { full: { atLeast: 0.98 } },
      unit: "x",
    },
    {
      id: "reading-file",
      says: "Its file over the original's",
      paper: "one-shot, without training",
      bar: { full: { atMost: 0.8 } },
      unit: "x",
    },
    {
      id: "listening",
      says: "Silero's voice activity factored: frames that it takes as the original does",
      paper: "one-shot, without training",
      bar: { full: { atLeast: 0.98 } },
      unit: "",
    },
    {
      id: "listening-file",
      says: "Its file over the original's",
      paper: "one-shot, without training",
      bar: { full: { atMost: 0.98 } },
      unit: "x",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const tables: Table[] = [];
    const figures: Figure[] = [];
    const claims: Record<string, Measurement> = {};
    const small = await clothes(run, [196, 128, 128, 10], 0, full ? 0.1 : 0.9);
    tables.push(small.table);
    figures.push(...small.figures);
    const gap = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]!);
    const [lord, svd] = ["LoRD", "truncated SVD"];
    claims["rank-16-over-svd"] = gap(small.accuracy(lord, 16), small.accuracy(svd, 16));
    claims["rank-16-below-dense"] = gap(small.accuracy("dense", 0), small.accuracy(lord, 16));
    claims["rank-8-over-svd"] = gap(small.accuracy(lord, 8), small.accuracy(svd, 8));
    claims.exactness = exactness(run.seed);
    const times = await speed(run);
    claims.latency = times.latency;
    claims.file = times.file;
    if (!full) return { claims, tables, figures };

    const wide = await clothes(run, [784, 300, 100, 10], 0.1, 0.25);
    const text = await mobyDick(run, 0.25, 0.8);
    claims["every-keep"] = Math.max(
      ...keeps.map((keep) => mean(text.perplexity(lord, keep)) / text.perplexity(svd, keep)[0]!),
    );
    claims["half-rank"] = text
      .perplexity(lord, 0.5)
      .map((value) => (value - text.dense) / (text.perplexity(svd, 0.5)[0]! - text.dense));
    run.progress(0.8, 1, "printed lines");
    const print = await reading(run);
    run.progress(0.9, 1, "speech");
    const voice = await listening(run);
    claims.listening = voice.kept;
    claims["listening-file"] = voice.file;
    const skipped = { skipped: "lines of text cannot be drawn here: @resvg/resvg-js is not installed" };
    claims.reading = print?.kept ?? skipped;
    claims["reading-file"] = print?.file ?? skipped;
    for (const one of [{ tables: [wide.table], figures: wide.figures }, text, print, voice] satisfies (
      | Pick<PretrainedOutcome, "tables" | "figures">
      | undefined
    )[]) {
      tables.push(...(one?.tables ?? []));
      figures.push(...(one?.figures ?? []));
    }
    return { claims, tables, figures };
  },
});
